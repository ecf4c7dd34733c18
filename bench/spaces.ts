/**
 * Suite `spaces`: questions about a graph of 120,000 edges with weights, beside DataScript, an immutable store of facts
 * with a query language. Look-ups and ranges are DataScript's own indexes (`datoms`, `index_range`), the rest are its
 * queries (`q`), a few rounds of each in turn; then one fact of many, by itself. The package is not among those of the project: `npm install --no-save
 * datascript` brings it, and without it there are our figures alone.
 */
import { Environment, type MatchOptions } from "../src/environment/environment.js";
import { Heap } from "../src/memory/heap.js";
import { evaluate } from "../src/parallel/language-evaluator.js";
import { type Atom, expression, integer, symbol, variable } from "../src/term/atom.js";
import { parseAtom } from "../src/term/parser.js";
import { atMost, type Figure, figure, ratio } from "./figure.js";
import { consume } from "./harness.js";

const EDGES = 120_000;
const NODES = 12_000;
const LOOK_UPS = 500;
const HOPS = 3;
const RANGES = 50;
const INSERTS = 200;
/** DataScript takes a second for each 2,000 edges to find triangles: both are asked about fewer. */
const FEWER = 10;
const ROUNDS = 2;
const PERCENT = EDGES / 100;

const edge = symbol("edge");
const [x, y, z] = [variable("x"), variable("y"), variable("z")];
const [u, v, w] = [variable("u"), variable("v"), variable("w")];
const comma = symbol(",");

type Edge = readonly [from: number, to: number, weight: number];

/** What both are asked; what gives a number must give the same. */
interface Contender {
  /** Forgets what was there. */
  build(edges: readonly Edge[]): void;
  bySource(node: number): number;
  byTarget(node: number): number;
  count(): number;
  group(): number;
  range(from: number, to: number): number;
  /** The same as a query, whose conditions have to be read. */
  rangeByQuery(from: number, to: number): number;
  twoHops(node: number): number;
  triangles(): number;
  /** One edge more in a version of its own, which is dropped; the version before is as it was. */
  insert(edge: Edge): number;
}

export async function run(): Promise<readonly Figure[]> {
  const ds = await dataScript();
  const contenders = [new Oxbow(), ...(ds === null ? [] : [new DataScript(ds)])];
  const figures: Figure[] = [];
  for (const [name, ask, asked, isOnce] of questions(graph(EDGES, NODES))) {
    const times = inTurn(contenders, ask, isOnce ? 1 : ROUNDS);
    figures.push(figure(name, times[0]! / asked, "µs"));
    if (times.length < 2) continue;
    figures.push(figure(`${name}, DataScript`, times[1]! / asked, "µs"));
    figures.push(ratio(name, times[0]!, "DataScript", times[1]!, atMost(1)));
  }
  return [...figures, ...pointQueries()];
}

/** One fact of many by its first argument, through `Environment.match`. */
function pointQueries(): readonly Figure[] {
  const few = new Numbered(10_000);
  const many = new Numbered(1_000_000);
  const ofFew: number[] = [];
  const ofMany: number[] = [];
  for (let round = 0; round < POINT_ROUNDS; round++) {
    ofFew.push(few.timed());
    ofMany.push(many.timed());
  }
  const [least, most] = [Math.min(...ofFew), Math.min(...ofMany)];
  return [
    figure("point query through match, 10k facts", least, "µs", atMost(1.5)),
    figure("point query through match, 1m facts", most, "µs"),
    ratio("point query through match, 1m", most, "10k", least, atMost(1.5)),
  ];
}

const POINT_ROUNDS = 7;
const POINT_QUERIES = 50_000;

/** Facts `(row n m)`, each n once. */
class Numbered {
  readonly #environment = Environment.create(Heap.create());
  readonly #count: number;
  readonly #row = symbol("row");

  constructor(count: number) {
    this.#count = count;
    const facts = Array.from({ length: count }, (_, n) =>
      this.#fact(n, integer((n * 7919) % count)),
    );
    this.#environment.addAll(facts);
  }

  #fact(n: number, other: Atom): Atom {
    return expression([this.#row, integer(n), other]);
  }

  /** Microseconds of CPU time that a query takes. */
  timed(): number {
    const start = process.cpuUsage();
    for (let index = 0; index < POINT_QUERIES; index++) {
      const wanted = this.#fact((index * 7919) % this.#count, y);
      for (const found of this.#environment.match(wanted)) consume(found);
    }
    const { user, system } = process.cpuUsage(start);
    return (user + system) / POINT_QUERIES;
  }
}

/** A question, how to ask it, how many it is, and whether it is asked once. */
type Question = readonly [string, (it: Contender) => number, number, boolean?];

function questions(edges: readonly Edge[]): readonly Question[] {
  const sum = (count: number, one: (index: number) => number): number => {
    let total = 0;
    for (let index = 0; index < count; index++) total += one((index * 7919) % NODES);
    return total;
  };
  const build = (it: Contender): number => {
    it.build(edges);
    return it.bySource(1) + it.byTarget(1);
  };
  const ranges = (it: Contender): number => {
    let total = 0;
    for (let percent = 0; percent < RANGES; percent++) {
      total += it.range(percent * PERCENT, (percent + 1) * PERCENT);
    }
    return total;
  };
  const fewer = graph(EDGES / FEWER, NODES / FEWER);
  const triangles = (it: Contender): number => {
    it.build(fewer);
    return it.triangles();
  };
  return [
    ["bulk build, with indexes of both ends", build, 1, true],
    ["look-up by source", (it) => sum(LOOK_UPS, (node) => it.bySource(node)), LOOK_UPS],
    ["look-up by target", (it) => sum(LOOK_UPS, (node) => it.byTarget(node)), LOOK_UPS],
    ["count of all edges", (it) => it.count(), 1],
    ["edges of each source", (it) => it.group(), 1],
    ["one percent by weight", ranges, RANGES],
    ["one percent by weight, by a query", (it) => it.rangeByQuery(7 * PERCENT, 8 * PERCENT), 1],
    ["two hops from a node", (it) => sum(HOPS, (node) => it.twoHops(node)), HOPS],
    [
      "insert into a version of its own",
      (it) => sum(INSERTS, (n) => it.insert([n, n, n])),
      INSERTS,
    ],
    ["build 12,000 edges and find triangles", triangles, 1, true],
  ];
}

/** The least microseconds of CPU time of each in some rounds; all must answer the same. */
function inTurn(
  contenders: readonly Contender[],
  ask: (it: Contender) => number,
  rounds: number,
): readonly number[] {
  const least = contenders.map(() => Number.POSITIVE_INFINITY);
  const answers = new Set<number>();
  for (let round = 0; round < rounds; round++) {
    contenders.forEach((it, index) => {
      const start = process.cpuUsage();
      const answer = ask(it);
      const { user, system } = process.cpuUsage(start);
      least[index] = Math.min(least[index]!, user + system);
      consume(answer);
      answers.add(answer);
    });
  }
  if (answers.size !== 1) throw new Error(`the answers differ: ${[...answers].join(", ")}`);
  return least;
}

/** Different edges between random nodes, with different weights; the same at every run. */
function graph(count: number, nodes: number): readonly Edge[] {
  let state = 88_172_645;
  const random = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  const edges = new Map<number, Edge>();
  while (edges.size < count) {
    const [from, to] = [random(nodes), random(nodes)];
    edges.set(from * nodes + to, [from, to, (edges.size * 7919) % count]);
  }
  return [...edges.values()];
}

function fact(from: Atom, to: Atom, weight: Atom): Atom {
  return expression([edge, from, to, weight]);
}

class Oxbow implements Contender {
  readonly #heap = Heap.create();
  #environment = Environment.create(this.#heap);

  build(edges: readonly Edge[]): void {
    this.#environment.dispose();
    this.#environment = Environment.create(this.#heap);
    const facts = edges.map(([from, to, weight]) =>
      fact(integer(from), integer(to), integer(weight)),
    );
    this.#environment.addAll(facts);
  }

  #answers(pattern: Atom, template: Atom = pattern, bounds?: MatchOptions["bounds"]): number {
    let count = 0;
    for (const answer of this.#environment.match(pattern, { template, bounds })) {
      consume(answer);
      count++;
    }
    return count;
  }

  bySource(node: number): number {
    return this.#answers(fact(integer(node), y, w), y);
  }

  byTarget(node: number): number {
    return this.#answers(fact(x, integer(node), w), x);
  }

  count(): number {
    return this.#environment.countMatches(fact(x, y, w));
  }

  group(): number {
    const counts = new Map<Atom, number>();
    for (const source of this.#environment.match(fact(x, y, w), { template: x })) {
      const key = nodeOf(source);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts.size;
  }

  range(from: number, to: number): number {
    return this.#answers(fact(x, y, w), w, { w: { gte: from, lt: to } });
  }

  rangeByQuery(from: number, to: number): number {
    const query = `(match &self (edge $x $y $w) (if (< $w ${to}) (if (>= $w ${from}) $w (empty)) (empty)))`;
    return evaluate(this.#environment, parseAtom(query)).results.length;
  }

  twoHops(node: number): number {
    return this.#answers(
      expression([comma, fact(integer(node), y, u), fact(y, z, v)]),
      expression([y, z]),
    );
  }

  triangles(): number {
    return this.#answers(
      expression([comma, fact(x, y, u), fact(y, z, v), fact(z, x, w)]),
      expression([x, y, z]),
    );
  }

  insert([from, to, weight]: Edge): number {
    const version = this.#environment.clone();
    version.add(fact(integer(from), integer(to), integer(weight)));
    const added = version.count - this.#environment.count;
    version.dispose();
    return added;
  }
}

const nodes: Atom[] = [];

/** One object for each number, so that it can be a key. */
function nodeOf(atom: Atom): Atom {
  const value = Number(String(atom));
  return (nodes[value] ??= atom);
}

type Db = object;
type Datom = { readonly e: number; readonly v: number };

/** What is used of the package. */
interface DataScriptModule {
  init_db(datoms: readonly (readonly [number, string, number])[], schema: object): Db;
  db_with(db: Db, changes: readonly object[]): Db;
  datoms(db: Db, index: string, ...parts: readonly (string | number)[]): readonly Datom[];
  index_range(db: Db, attribute: string, from: number, to: number): readonly Datom[];
  q(query: string, ...inputs: readonly unknown[]): unknown;
}

async function dataScript(): Promise<DataScriptModule | null> {
  const name = "datascript";
  try {
    return ((await import(name)) as { readonly default: DataScriptModule }).default;
  } catch {
    console.log(`${name} is not installed (npm install --no-save ${name}): left out`);
    return null;
  }
}

const INDEXED = { ":db/index": true };
const SCHEMA = { from: INDEXED, to: INDEXED, weight: INDEXED };

class DataScript implements Contender {
  readonly #ds: DataScriptModule;
  #db: Db = {};

  constructor(ds: DataScriptModule) {
    this.#ds = ds;
  }

  build(edges: readonly Edge[]): void {
    const datoms = edges.flatMap(([from, to, weight], index) => [
      [index + 1, "from", from] as const,
      [index + 1, "to", to] as const,
      [index + 1, "weight", weight] as const,
    ]);
    this.#db = this.#ds.init_db(datoms, SCHEMA);
  }

  /** The entities with a value, and of each the value of another attribute. */
  #others(attribute: string, node: number, other: string): number {
    let count = 0;
    for (const { e } of this.#ds.datoms(this.#db, ":avet", attribute, node)) {
      for (const { v: value } of this.#ds.datoms(this.#db, ":eavt", e, other)) {
        consume(value);
        count++;
      }
    }
    return count;
  }

  bySource(node: number): number {
    return this.#others("from", node, "to");
  }

  byTarget(node: number): number {
    return this.#others("to", node, "from");
  }

  count(): number {
    return this.#ds.q('[:find (count ?e) . :where [?e "from" _]]', this.#db) as number;
  }

  #found(query: string, ...inputs: readonly unknown[]): number {
    return (this.#ds.q(query, this.#db, ...inputs) as readonly unknown[]).length;
  }

  group(): number {
    return this.#found('[:find ?x (count ?e) :where [?e "from" ?x]]');
  }

  range(from: number, to: number): number {
    return this.#ds.index_range(this.#db, "weight", from, to - 1).length;
  }

  rangeByQuery(from: number, to: number): number {
    const where = '[?e "weight" ?w] [(<= ?from ?w)] [(< ?w ?to)]';
    return this.#found(`[:find ?e ?w :in $ ?from ?to :where ${where}]`, from, to);
  }

  twoHops(node: number): number {
    const path = '[?e "from" ?x] [?e "to" ?y] [?f "from" ?y] [?f "to" ?z]';
    return this.#found(`[:find ?y ?z :in $ ?x :where ${path}]`, node);
  }

  triangles(): number {
    const path = '[?e "from" ?x] [?e "to" ?y] [?f "from" ?y] [?f "to" ?z]';
    return this.#found(`[:find ?x ?y ?z :where ${path} [?g "from" ?z] [?g "to" ?x]]`);
  }

  insert([from, to, weight]: Edge): number {
    const version = this.#ds.db_with(this.#db, [{ from, to, weight }]);
    return version === this.#db ? 0 : 1;
  }
}

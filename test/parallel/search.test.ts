/** All ways of searching find the same, whatever the spaces hold and whichever thread looks. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkEnvironment } from "../../dist/src/environment/check-environment.js";
import { withContents } from "../../dist/src/environment/contents.js";
import { dependenciesOf } from "../../dist/src/environment/dependencies.js";
import { Environment, handleOf, heapOf } from "../../dist/src/environment/environment.js";
import { asksHost } from "../../dist/src/environment/host-match.js";
import { PreparedPattern } from "../../dist/src/environment/prepared-pattern.js";
import { searchTrail } from "../../dist/src/environment/search.js";
import { Evaluator } from "../../dist/src/eval/evaluator/evaluator.js";
import { interpret } from "../../dist/src/eval/interpreter/interpret.js";
import { UNDEFINED } from "../../dist/src/eval/language/type-names.js";
import { wholeAllowance } from "../../dist/src/eval/limits/budget.js";
import { EvaluationContext } from "../../dist/src/eval/machine/evaluation-context.js";
import { Frame, Machine } from "../../dist/src/eval/machine/machine.js";
import { drain } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { createSite } from "../../dist/src/parallel/language-site.js";
import { parallelLibrary } from "../../dist/src/parallel/library.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import {
  type Atom,
  EXPRESSION,
  expression,
  HOST,
  INTEGER,
  SELF,
  type SpaceAtom,
  STATE,
  symbol,
  type Variable,
} from "../../dist/src/term/atom.js";
import { hostAtom } from "../../dist/src/term/host-atom.js";
import { Parser } from "../../dist/src/term/parser.js";
import { print } from "../../dist/src/term/printer.js";
import {
  dereference,
  freshVariable,
  mapLeaves,
  renameFresh,
  resolve,
} from "../../dist/src/term/resolve.js";
import { Trail } from "../../dist/src/term/trail.js";
import { unify } from "../../dist/src/term/unify.js";

const heap: Heap = Heap.create({ maxBytes: 2 ** 28 });
const site = createSite(heap);
let pool: EvaluatorPool;

beforeAll(() => {
  pool = EvaluatorPool.on(site, { threads: 3, heartbeatMs: 0 });
});
afterAll(async () => {
  await pool.close();
  drain(heap);
  checkHeap(heap);
});

/** Matches numbers from 18 on, and binds nothing. */
const adult = hostAtom(18, {
  type: "(Predicate Number)",
  print: () => "adult",
  *match(from, other) {
    if (other.tag === INTEGER && other.value >= from) yield [];
  },
});
/** Matches what is in it, and everything that is no symbol in two ways. */
const twice = hostAtom(0, {
  type: "Twice",
  print: () => "twice",
  *match(_value, other) {
    if (other === symbol("a")) yield [[other, symbol("a")]];
    if (other.tag === EXPRESSION) {
      yield [];
      yield [[other, expression([symbol("p"), freshVariable("any")])]];
    }
  },
});

/** A space of the environment that a test works on. */
interface World {
  readonly environment: Environment;
  /** `&self` first. */
  readonly spaces: readonly (SpaceAtom | null)[];
  readonly atomOf: (text: string) => Atom;
  /** What stands in each space, as the model sees it. */
  readonly held: readonly Atom[][];
}

/** A query: where, the pattern, and what its variable `$x` is given. */
interface Query {
  readonly where: number;
  readonly pattern: string;
  readonly given: string;
}

const x = new Parser("$x").nextItem()!.atom as Variable;
const TEMPLATE = "(found $x $y $z)";
const SPACES = 3;

function worldOf(facts: readonly (readonly [number, string])[], inner: readonly number[][]): World {
  const environment = Environment.create(heap);
  const spaces = [null, ...Array.from({ length: SPACES - 1 }, () => environment.createSpace())];
  const tokens = new Map<string, Atom>([
    ["&adult", adult],
    ["&twice", twice],
  ]);
  spaces.forEach((space, index) => {
    tokens.set(`&s${index}`, space ?? SELF);
  });
  ["on", "on", "off"].forEach((content, index) => {
    tokens.set(`&c${index}`, environment.createState(symbol(content)));
  });
  tokens.set("&c3", environment.createState(expression([symbol("p"), tokens.get("&c0")!])));
  tokens.set("&c4", environment.createState(expression([symbol("p"), tokens.get("&c1")!])));
  const atomOf = (text: string): Atom =>
    new Parser(text, { tokens: (word) => tokens.get(word) }).nextItem()!.atom;
  const held: Atom[][] = spaces.map(() => []);
  const put = (where: number, atom: Atom): void => {
    environment.add(atom, { space: spaces[where] });
    held[where]!.push(atom);
  };
  for (const [where, text] of facts) put(where, atomOf(text));
  inner.forEach((seen, where) => {
    for (const other of seen) if (other !== where && other > 0) put(where, spaces[other]!);
  });
  return { environment, spaces, atomOf, held };
}

/** Text that is the same for atoms that are the same to a program: states by content, variables by order. */
function canonical(environment: Environment, atom: Atom): string {
  const names = new Map<string, string>();
  return print(withoutStates(environment, resolve(atom))).replace(/\$[\w#]+/g, (name) => {
    const known = names.get(name) ?? `$${names.size}`;
    names.set(name, known);
    return known;
  });
}

/** The atom with a symbol for each state, the same for states that hold the same. */
function withoutStates(environment: Environment, atom: Atom): Atom {
  if (atom.tag === STATE)
    return symbol(`cell<${print(withContents(handleOf(environment), atom))}>`);
  if (atom.tag !== EXPRESSION) return atom;
  return expression(atom.children.map((child) => withoutStates(environment, child)));
}

// The model ----------------------------------------------------------------------------------------

/** The spaces that are seen from one, in order. */
function seenFrom({ spaces, held }: World, where: number): number[] {
  const found = [where];
  for (let next = 0; next < found.length; next++) {
    for (const atom of held[found[next]!]!) {
      const index = spaces.indexOf(atom as SpaceAtom);
      if (index > 0 && !found.includes(index)) found.push(index);
    }
  }
  return found;
}

/** What a query finds, by trying everything: states as symbols for what they hold. */
function modelOf(world: World, { where, pattern, given }: Query): string[] {
  const { environment, atomOf } = world;
  const plain = (atom: Atom): Atom => withoutStates(environment, atom);
  const rows = seenFrom(world, where).flatMap((each) => world.held[each]!.map(plain));
  const renamed = new Map<Variable, Variable>();
  const wanted = renameFresh(plain(substituted(atomOf(pattern), atomOf(given))), renamed);
  const answer = renameFresh(plain(substituted(atomOf(TEMPLATE), atomOf(given))), renamed);
  const hosts: [Atom, Atom][] = [];
  const opened = mapLeaves(wanted, (leaf) => {
    if (leaf.tag !== HOST) return leaf;
    const place = freshVariable("host");
    hosts.push([leaf, place]);
    return place;
  });
  const isJoin = opened.tag === EXPRESSION && opened.children[0] === symbol(",");
  const parts = isJoin ? opened.children.slice(1) : [opened];
  const found: string[] = [];
  const trail = new Trail();
  const ask = (index: number): void => {
    if (index === hosts.length) {
      found.push(canonical(environment, answer));
      return;
    }
    const [host, place] = hosts[index]!;
    const value = resolve(place);
    const mark = trail.mark();
    if (value.tag !== HOST && value === dereference(place) && value === place) {
      trail.bind(place as Variable, host);
      ask(index + 1);
      trail.undoTo(mark);
      return;
    }
    if (host.tag !== HOST) return;
    for (const solution of host.behavior.match!(host.value, value)) {
      if ([...solution].every(([left, right]) => unify(left, right, trail))) ask(index + 1);
      trail.undoTo(mark);
    }
  };
  const join = (index: number): void => {
    if (index === parts.length) {
      ask(0);
      return;
    }
    for (const row of rows) {
      const mark = trail.mark();
      if (unify(parts[index]!, renameFresh(row), trail)) join(index + 1);
      trail.undoTo(mark);
    }
  };
  join(0);
  return found.toSorted();
}

/** The atom with `$x` replaced. */
function substituted(atom: Atom, given: Atom): Atom {
  return mapLeaves(atom, (leaf) => (leaf.tag === x.tag && leaf.name === "x" ? given : leaf));
}

// The ways -----------------------------------------------------------------------------------------

class Results extends Frame {
  readonly found: Atom[] = [];

  constructor() {
    super(null);
  }

  resume(machine: Machine, value: Atom): void {
    this.found.push(resolve(value));
    machine.branches.hold(this.found.at(-1)!);
    machine.fail();
  }
}

function evaluated(environment: Environment, atom: Atom, generates: boolean): readonly Atom[] {
  const host = { print: () => {}, trace: () => {}, random: () => 0.5 };
  const allowance = wholeAllowance(heapOf(environment), { maxSteps: 10_000 });
  const context = new EvaluationContext(
    environment,
    null,
    { library: parallelLibrary(), host },
    allowance,
  );
  const machine = new Machine(context, { interpret, shortcuts: generates ? "code" : "glances" });
  const results = new Results();
  machine.evaluate(renameFresh(atom), UNDEFINED, results);
  machine.run();
  machine.close();
  return results.found;
}

const call = (head: string, ...parts: readonly Atom[]): Atom =>
  expression([symbol(head), ...parts]);

/** What each way of searching finds, in order; the first is `match`. */
function waysOf(world: World, { where, pattern, given }: Query): Map<string, readonly Atom[]> {
  const { environment, spaces, atomOf } = world;
  const space = spaces[where]!;
  const named = space ?? SELF;
  const [wanted, value, template] = [atomOf(pattern), atomOf(given), atomOf(TEMPLATE)];
  const open = substituted(wanted, value);
  const answer = substituted(template, value);
  const ways = new Map<string, readonly Atom[]>();
  const search = call("match", named, open, answer);
  ways.set("match", evaluated(environment, search, false));
  const later = call("let", atomOf("$x"), value, call("match", named, wanted, template));
  ways.set("match under bindings", evaluated(environment, later, false));
  ways.set("hyperpose", evaluated(environment, call("hyperpose", search), false));
  // A space unifies with a variable and with itself as any atom does.
  if (open.tag !== x.tag && open !== named) {
    const one = call("unify", named, open, answer, symbol("nothing"));
    const unified = evaluated(environment, one, false);
    ways.set(
      "unify",
      unified.filter((each) => each !== symbol("nothing")),
    );
  }
  ways.set("Environment.match", [...environment.match(open, { template: answer, space })]);
  ways.set(
    "Environment.bindings",
    [...environment.bindings(open, { space })].map((bound) => filled(answer, bound)),
  );
  const evaluator = new Evaluator(parallelLibrary());
  ways.set("an evaluator", evaluator.evaluate(environment, search).results);
  if (asksHost(open)) return ways;
  // A search for anything would find the rule that is made for it.
  if (pattern.includes("(e") || pattern.includes("(g")) {
    if (!/(^|, |\)) ?\$x/.test(pattern))
      ways.set("generated code", generated(world, wanted, value, named));
  }
  const prepared = preparedMatches(world, space, wanted, value, template);
  if (prepared !== null) ways.set("a prepared pattern", prepared);
  const asked = [search, call("hyperpose", search)];
  const answerOfAll = pool.evaluateAllSync(environment, [...asked, ...asked]);
  answerOfAll.branches.forEach((outcome, index) => {
    ways.set(`the pool, ${index}`, [...outcome.results]);
  });
  answerOfAll.dispose();
  return ways;
}

/** The atom with its variables replaced once: what they are bound to may have variables of these names. */
function filled(atom: Atom, bound: ReadonlyMap<Variable, Atom>): Atom {
  if (atom.tag !== EXPRESSION) return namedIn(bound, atom) ?? atom;
  return expression(atom.children.map((child) => filled(child, bound)));
}

/** What a variable of that name is bound to. */
function namedIn(bound: ReadonlyMap<Variable, Atom>, leaf: Atom): Atom | undefined {
  for (const [{ name, tag }, value] of bound) {
    if (leaf.tag === tag && leaf.name === name) return value;
  }
  return undefined;
}

/** The search as the body of a rule, which gets code. */
function generated(
  { environment }: World,
  pattern: Atom,
  value: Atom,
  named: Atom,
): readonly Atom[] {
  const clone = environment.clone();
  const template = new Parser(TEMPLATE).nextItem()!.atom;
  clone.addRule(call("the-query", x), call("match", named, pattern, template));
  const found = evaluated(clone, call("the-query", value), true);
  clone.dispose();
  return found;
}

/** Null where the pattern has to be unified, or other spaces are seen too. */
function preparedMatches(
  { environment }: World,
  space: SpaceAtom | null,
  pattern: Atom,
  value: Atom,
  template: Atom,
): readonly Atom[] | null {
  if (
    !PreparedPattern.canPrepare(pattern) ||
    dependenciesOf(handleOf(environment), space).length > 0
  ) {
    return null;
  }
  const prepared = new PreparedPattern(handleOf(environment).store, pattern, false);
  const trail = searchTrail(handleOf(environment));
  const isGiven = (place: Variable): boolean => place.name === "x" && value.tag !== place.tag;
  const values = prepared.places.map((place) => (isGiven(place) ? value : null));
  const match = prepared.matches(handleOf(environment), space, values, trail);
  if (match === null) return null;
  const found: Atom[] = [];
  for (; match.next(); trail.undoTo(0)) {
    const parts = prepared.places.map((place, index) =>
      isGiven(place) ? value : match.part(index),
    );
    found.push(
      mapLeaves(template, (leaf) => {
        const index = prepared.places.findIndex((place) => place.name === (leaf as Variable).name);
        return leaf.tag === prepared.places[index]?.tag ? parts[index]! : leaf;
      }),
    );
  }
  return found.map((each) => substituted(each, value));
}

// The programs -------------------------------------------------------------------------------------

const LEAVES = [
  "a",
  "b",
  "1",
  "20",
  "2.0",
  '"t"',
  "True",
  "&c0",
  "&c1",
  "&c2",
  "&c3",
  "&c4",
  "&s1",
];
const leaf = fc.constantFrom(...LEAVES);
const part = fc.oneof(
  { weight: 4, arbitrary: leaf },
  { weight: 1, arbitrary: leaf.map((inner) => `(p ${inner})`) },
  { weight: 1, arbitrary: fc.constantFrom("$x", "$y") },
);
const groundPart = fc.oneof(
  leaf,
  leaf.map((inner) => `(p ${inner})`),
);
const fact = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(groundPart, groundPart).map(([l, r]) => `(e ${l} ${r})`) },
  { weight: 1, arbitrary: fc.tuple(part, part).map(([l, r]) => `(e ${l} ${r})`) },
  { weight: 2, arbitrary: fc.tuple(part, part).map(([l, r]) => `(g ${l} ${r})`) },
  { weight: 1, arbitrary: part.map((inner) => `((e a) ${inner})`) },
  { weight: 1, arbitrary: fc.constantFrom("a", "1", "(p 1)", "&c0", "&c2", "$any") },
);
const sought = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("$x", "$y", "$z") },
  { weight: 2, arbitrary: leaf },
  { weight: 1, arbitrary: leaf.map((inner) => `(p ${inner})`) },
  { weight: 1, arbitrary: fc.constantFrom("(p $x)", "(p $y)") },
);
const soughtOrHost = fc.oneof(
  { weight: 5, arbitrary: sought },
  { weight: 1, arbitrary: fc.constantFrom("&adult", "&twice", "(p &adult)") },
);

function single(place: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.tuple(place, place).map(([l, r]) => `(e ${l} ${r})`) },
    { weight: 3, arbitrary: fc.tuple(place, place).map(([l, r]) => `(g ${l} ${r})`) },
    { weight: 1, arbitrary: place.map((inner) => `((e a) ${inner})`) },
  );
}

function patternOf(place: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: single(place) },
    { weight: 1, arbitrary: fc.constantFrom("$x", "&c1", "a", "&s1") },
    {
      weight: 2,
      arbitrary: fc
        .tuple(single(place), single(place))
        .map(([left, right]) => `(, ${left} ${right})`),
    },
  );
}

const query = fc.record({
  where: fc.nat({ max: SPACES - 1 }),
  pattern: fc.oneof(patternOf(sought), patternOf(soughtOrHost)),
  given: fc.constantFrom("$x", "$x", "a", "20", "&c0", "&c4", "(p &c1)", "(p a)"),
});
const worlds = fc.record({
  facts: fc.array(fc.tuple(fc.nat({ max: SPACES - 1 }), fact), { maxLength: 24, size: "max" }),
  inner: fc.array(fc.array(fc.nat({ max: SPACES - 1 }), { maxLength: 1 }), {
    minLength: SPACES,
    maxLength: SPACES,
  }),
});

function checkAll(world: World, asked: Query): void {
  const { environment } = world;
  const texts = (atoms: readonly Atom[]): string[] =>
    atoms.map((each) => canonical(environment, each));
  const model = modelOf(world, asked);
  const ways = waysOf(world, asked);
  const first = texts(ways.get("match")!);
  expect(first.toSorted()).toEqual(model);
  for (const [name, found] of ways) expect([name, texts(found)]).toEqual([name, first]);
  const space = world.spaces[asked.where]!;
  const open = substituted(world.atomOf(asked.pattern), world.atomOf(asked.given));
  expect(environment.countMatches(open, { space })).toBe(first.length);
  expect(environment.explain(open, { space }).results).toBe(first.length);
  checkEnvironment(environment);
}

describe("all ways of searching", () => {
  test("find what trying everything finds, in one order (QS1)", () => {
    fc.assert(
      fc.property(
        worlds,
        fc.array(query, { minLength: 4, maxLength: 4 }),
        ({ facts, inner }, asked) => {
          const world = worldOf(facts, inner);
          try {
            for (const each of asked) checkAll(world, each);
          } finally {
            world.environment.dispose();
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test("see what is in spaces inside, and states by what they hold", () => {
    const world = worldOf(
      [
        [0, "(e a &c0)"],
        [1, "(e b &c1)"],
        [2, "(e a &c2)"],
      ],
      [[1], [2], []],
    );
    const asked = { where: 0, pattern: "(e $y $x)", given: "&c1" };
    checkAll(world, asked);
    const texts = [...waysOf(world, asked).values()].map((found) =>
      found.map((each) => canonical(world.environment, each)),
    );
    for (const found of texts) {
      expect(found).toEqual(["(found cell<(State on)> a $0)", "(found cell<(State on)> b $0)"]);
    }
    world.environment.dispose();
  });

  test("find states that hold the same where an index would look for one by name", () => {
    const many: [number, string][] = Array.from({ length: 40 }, (_, index) => [
      0,
      `(e &c${index % 5} ${index})`,
    ]);
    const world = worldOf(many, [[], [], []]);
    for (const pattern of ["(e $x $y)", "(, (e $z 3) (e $z $y))", "(e $x 4)", "(e &c0 6)"]) {
      for (const given of ["$x", "&c0", "&c3"]) checkAll(world, { where: 0, pattern, given });
    }
    world.environment.dispose();
  });
});

test("get-atoms gives what a space holds itself, a search for anything that and what it sees", () => {
  fc.assert(
    fc.property(worlds, ({ facts, inner }) => {
      const { environment, spaces } = worldOf(facts, inner);
      for (const space of spaces) {
        const gotten = (each: SpaceAtom | null): string[] =>
          evaluated(environment, call("get-atoms", each ?? SELF), false).map((atom) =>
            canonical(environment, atom),
          );
        expect(gotten(space)).toEqual(
          [...environment.atoms({ space })].map((atom) => canonical(environment, atom)),
        );
        const all = [space, ...dependenciesOf(handleOf(environment), space)].flatMap(gotten);
        const anything = freshVariable("anything");
        const found = [...environment.match(anything, { space })].map((atom) =>
          canonical(environment, atom),
        );
        expect(found.toSorted()).toEqual(all.toSorted());
      }
      environment.dispose();
    }),
    { numRuns: 20 },
  );
});

test("a space that holds `&self` sees what is in it", () => {
  const world = worldOf(
    [
      [0, "(e a b)"],
      [1, "(e c d)"],
    ],
    [[], [], []],
  );
  world.environment.add(SELF, { space: world.spaces[1] });
  const found = world.environment.match(world.atomOf("(e $x $y)"), {
    template: world.atomOf("$x"),
    space: world.spaces[1],
  });
  expect([...found].map((each) => print(each))).toEqual(["c", "a"]);
  world.environment.dispose();
});

/**
 * Random programs that use the whole language: rules, types, also parametric ones, facts, states, spaces, alternatives,
 * errors, tables, forks, names of the library that a program gives rules and types, and every operation and form of the
 * library, called with arguments of the kinds that its type asks for.
 */
import { randomFrom } from "../../src/base/random.js";
import { parallelLibrary } from "../../src/parallel/library.js";
import type { Atom } from "../../src/term/atom.js";
import { EXPRESSION } from "../../src/term/atom.js";
import { parse } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

/** What acts on the host, or says in its results where the program runs. */
const LEFT_OUT =
  /import|include|module|mod-space|print-mods|bind!|pragma|help|get-doc|undefined-doc|git|random|flip|register|snapshot/;

interface Callable {
  readonly name: string;
  readonly parameters: readonly string[];
}

const CALLABLES: readonly Callable[] = parallelLibrary()
  .entries()
  .filter(({ name }) => !LEFT_OUT.test(name))
  .map(({ name, type }) => ({ name, parameters: parametersOf(type) }));

/** What takes more takes any number. */
const MOST_PARTS = 10;

function parametersOf(type: Atom): string[] {
  if (type.tag !== EXPRESSION) return ["%Undefined%"];
  return type.children.slice(1, -1).map((each) => print(each));
}

/** Those that say most of how a program goes on, given their share of all calls. */
const CONTROL: readonly Callable[] = CALLABLES.filter(({ name }) =>
  "if if let let* case switch match unify superpose collapse once map-atom foldl-atom"
    .split(" ")
    .includes(name),
);

const FORKS: readonly Callable[] = CALLABLES.filter(({ name }) =>
  ["hyperpose", "par", "race", "transaction", "with-mutex"].includes(name),
);

/** Types of data and functions that belong together. */
const FAMILIES: readonly (readonly string[])[] = [
  ["(: C (-> $t (L $t) (L $t)))", "(: Nil (L $t))", "(: f (-> (L $t) $t $t))"],
  ["(: C (-> $t (L $t) (L $t)))", "(: Nil (L Number))", "(: g (-> (-> $t $u) (L $t) (L $u)))"],
  ["(: C (-> $t $u (P $t $u)))", "(: f (-> (P $t $u) $t $t))", "(: a A)", "(: b B)"],
  ["(: a A)", "(: b B)", "(:< A B)", "(: f (-> B B B))", "(: g (-> A B A))"],
  ["(: f (-> Number $t $t))", "(: g (-> $t $t Bool))", "(: h (-> Atom $t $t))"],
];

/** Names of the library that programs give rules and types of their own. */
const TAKEN: readonly string[] = [
  "if",
  "let",
  "case",
  "quote",
  "id",
  "+",
  "match",
  "car-atom",
  "once",
];

const TYPES: readonly string[] = [
  "(-> Number Number Number)",
  "(-> Atom %Undefined% Number)",
  "(-> %Undefined% %Undefined% Bool)",
  "(-> $t $t Bool)",
  "(-> $t $u $t)",
  "(-> $t (L $t) (L $t))",
  "(-> (L $t) $t $t)",
  "(-> A A A)",
  "(-> A B A)",
  "(-> Expression Atom)",
  "(-> Expression Atom Expression)",
  "(-> Symbol Variable Atom)",
  "(-> Grounded A B)",
  "(-> (-> $t $u) $t $u)",
  "(-> Bool A %Undefined%)",
  "(-> String Number String)",
  "(-> Number)",
  "(-> A (-> A B))",
  "(L A)",
  "(L $t)",
  "A",
  "B",
  "Number",
  "Bool",
  "Type",
];

const NAMES: readonly string[] = ["f", "g", "h", "C", "D"];
const CONSTANTS: readonly string[] = ["a", "b", "Nil"];
const LEAVES: readonly string[] = [
  ..."$x $y $z $x $y 0 1 2 1.5 a b Nil True False Empty () f C &self".split(" "),
  '"s"',
];

export class ProgramMaker {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  #next(count: number): number {
    return Math.floor(this.#random() * count);
  }

  /** One program, an atom a line. */
  make(): string[] {
    const lines: string[] = [];
    const some = (most: number, make: () => string): void => {
      for (let left = this.#next(most + 1); left > 0; left--) lines.push(make());
    };
    if (this.#next(5) === 0) lines.push(...this.#one(FAMILIES));
    else some(4, () => this.#type());
    lines.push(this.#rule());
    some(4, () => this.#rule());
    some(4, () => this.#fact());
    if (this.#next(8) === 0) lines.push(`!(tabled (${this.#one(["f", "g", "h"])} $x $y))`);
    const asked = 1 + this.#next(3);
    for (let index = 0; index < asked; index++) lines.push(`!${this.#node(3)}`);
    if (this.#next(3) === 0) {
      if (this.#next(4) === 0) lines.push(this.#taken());
      lines.push(this.#next(2) === 0 ? this.#rule() : this.#type());
      lines.push(`!${this.#node(2)}`);
    }
    return lines;
  }

  #one<Value>(from: readonly Value[]): Value {
    return from[this.#next(from.length)]!;
  }

  #type(): string {
    if (this.#next(40) === 0) return this.#taken();
    if (this.#next(12) === 0)
      return `(:< ${this.#one(["A", "B", "(L $t)"])} ${this.#one(["B", "A", "Number"])})`;
    return `(: ${this.#one([...NAMES, ...CONSTANTS])} ${this.#one(TYPES)})`;
  }

  /** A rule or a type for a name that the library has. */
  #taken(): string {
    const name = this.#one(TAKEN);
    if (this.#next(3) === 0) return `(: ${name} ${this.#one(TYPES)})`;
    const count = CALLABLES.find((each) => each.name === name)!.parameters.length;
    const parts = Array.from({ length: count }, () => this.#pattern(1));
    return `(= (${[name, ...parts].join(" ")}) ${this.#node(2)})`;
  }

  #rule(): string {
    const body =
      this.#next(14) === 0
        ? this.#one(["NotReducible", "Empty", "(function (return $x))"])
        : this.#node(3);
    if (this.#next(40) === 0) return `(= (${this.#pattern(1)} ${this.#pattern(1)}) ${body})`;
    return `(= ${this.#left()} ${body})`;
  }

  #left(): string {
    const name = this.#one(["f", "f", "g", "g", "h"]);
    const arity = this.#next(8) === 0 ? this.#next(4) : 2;
    return `(${[name, ...Array.from({ length: arity }, () => this.#pattern(1))].join(" ")})`;
  }

  #pattern(depth: number): string {
    if (depth === 0 || this.#next(3) > 0) {
      return this.#one([
        "$x",
        "$y",
        "$z",
        "$x",
        "$y",
        "0",
        "1",
        "a",
        "b",
        "Nil",
        "True",
        '"s"',
        "()",
      ]);
    }
    return `(${this.#one(["C", "C", "D", "$x"])} ${this.#pattern(depth - 1)} ${this.#pattern(depth - 1)})`;
  }

  #fact(): string {
    return `(${this.#one(["e", "e", "d"])} ${this.#pattern(1)} ${this.#pattern(1)})`;
  }

  #node(depth: number): string {
    const turn = this.#next(16);
    if (depth === 0 || turn < 3) return this.#one(LEAVES);
    if (turn < 6) return this.#own(depth);
    if (turn < 7)
      return `(${this.#one(["C", "D"])} ${this.#node(depth - 1)} ${this.#node(depth - 1)})`;
    if (turn < 8) return this.#number(depth);
    if (turn < 10) return this.#write(depth);
    if (turn < 11 && this.#next(4) === 0) return this.#call(this.#one(FORKS), depth);
    return this.#call(this.#one(turn < 15 ? CONTROL : CALLABLES), depth);
  }

  #own(depth: number): string {
    const name = this.#one(["f", "f", "g", "g", "h"]);
    const count = this.#next(10) === 0 ? this.#next(4) : 2;
    return `(${[name, ...Array.from({ length: count }, () => this.#node(depth - 1))].join(" ")})`;
  }

  #number(depth: number): string {
    const name = this.#one(["+", "-", "*", "/", "%", "<", ">=", "=="]);
    return `(${name} ${this.#node(depth - 1)} ${this.#node(depth - 1)})`;
  }

  /** A write to the program's space or to another, or to a state, that what comes behind it may see. */
  #write(depth: number): string {
    const what = this.#one([
      () => this.#fact(),
      () => this.#rule(),
      () => this.#type(),
      () => this.#node(depth - 1),
    ])();
    const write = this.#one(["add-atom", "add-atom", "remove-atom", "add-reduct"]);
    return this.#one([
      () => `(let () (${write} &self ${what}) ${this.#node(depth - 1)})`,
      () =>
        `(let $z (new-space) (let () (${write} $z ${what}) (match $z ${this.#pattern(1)} ${this.#node(depth - 1)})))`,
      () =>
        `(let $z (new-state ${this.#node(depth - 1)}) (let $y (change-state! $z ${this.#node(depth - 1)}) (get-state $z)))`,
      () =>
        `(let () (add-atom &self (st (new-state ${this.#node(0)}))) (match &self (st $z) (get-state $z)))`,
    ])();
  }

  /** A call of the library, mostly as its type wants it. */
  #call({ name, parameters }: Callable, depth: number): string {
    const given =
      parameters.length > MOST_PARTS ? parameters.slice(0, 1 + this.#next(3)) : parameters;
    const parts = given.map((type, index) => this.#argument(name, type, index, depth - 1));
    if (this.#next(30) === 0) parts.pop();
    return `(${[name, ...parts].join(" ")})`;
  }

  #argument(name: string, type: string, index: number, depth: number): string {
    if (this.#next(12) === 0) return this.#node(depth);
    if ((name === "case" || name === "switch") && index === 1) return this.#branches(depth);
    if (name === "let*" && index === 0) return this.#pairs(depth);
    if (name === "let" && index === 0) return this.#pattern(2);
    if ((name === "match" || name === "unify") && index === 1) return this.#sought();
    switch (type) {
      case "SpaceType":
        return "&self";
      case "Variable":
        return this.#one(["$x", "$y", "$z"]);
      case "Expression":
        return this.#list(depth);
      case "Type":
        return this.#one(TYPES);
      case "Bool":
        return this.#one([
          "True",
          "False",
          `(== ${this.#node(0)} ${this.#node(depth)})`,
          `(< ${this.#node(depth)} 1)`,
        ]);
      default:
        return this.#node(depth);
    }
  }

  #sought(): string {
    const one = `(${this.#one(["e", "d"])} ${this.#pattern(1)} ${this.#pattern(1)})`;
    return this.#one([
      one,
      one,
      `(, ${one} (e ${this.#pattern(0)} ${this.#pattern(0)}))`,
      this.#pattern(1),
    ]);
  }

  #list(depth: number): string {
    const count = this.#next(4);
    const parts = Array.from({ length: count }, () => this.#node(Math.max(0, depth)));
    return this.#next(8) === 0 ? this.#one(["$x", "a"]) : `(${parts.join(" ")})`;
  }

  #branches(depth: number): string {
    const count = 1 + this.#next(3);
    const each = (): string =>
      `(${this.#next(10) === 0 ? "Empty" : this.#pattern(1)} ${this.#node(depth)})`;
    return `(${Array.from({ length: count }, each).join(" ")})`;
  }

  #pairs(depth: number): string {
    const count = this.#next(3);
    const each = (): string => `(${this.#pattern(1)} ${this.#node(depth)})`;
    return `(${Array.from({ length: count }, each).join(" ")})`;
  }
}

/** A smaller program that fails, too: lines left out, and parts replaced by parts of theirs. */
export function shrink(
  lines: readonly string[],
  fails: (lines: readonly string[]) => boolean,
): string[] {
  let best = [...lines];
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const smaller of smallerOnes(best)) {
      if (!fails(smaller)) continue;
      best = smaller;
      isSmaller = true;
      break;
    }
  }
  return best;
}

function* smallerOnes(lines: readonly string[]): Generator<string[]> {
  for (let index = 0; index < lines.length; index++) {
    yield lines.filter((_line, at) => at !== index);
  }
  for (const [index, line] of lines.entries()) {
    const mark = line.startsWith("!") ? "!" : "";
    const [item] = parse(line);
    for (const smaller of smallerAtoms(item!.atom)) {
      yield lines.map((each, at) => (at === index ? mark + smaller : each));
    }
  }
}

function* smallerAtoms(atom: Atom): Generator<string> {
  if (atom.tag !== EXPRESSION) return;
  for (const child of atom.children) yield print(child);
  for (const [index, child] of atom.children.entries()) {
    const texts = atom.children.map((each) => print(each));
    yield `(${texts.filter((_text, at) => at !== index).join(" ")})`;
    for (const smaller of smallerAtoms(child)) {
      yield `(${texts.map((text, at) => (at === index ? smaller : text)).join(" ")})`;
    }
  }
}

/**
 * Recursion in generated code: a relation's calls of itself are rounds of one loop, which needs neither a level of the
 * JavaScript stack nor a frame for each. A function of the relation that comes to such a call sets the arguments of the
 * next round, notes the rest of itself (rounds.ts) unless nothing is left of it, and returns `ROUND`:
 *
 *     entry(m, d, a0 …)       find(m, d, a0 …), and the loop if that gives ROUND
 *     drive(m, d, base)       while there is a next round: find; with a value: the rest that was noted last
 *     goOn(m, d, v, …)        one rest, when the loop was left before it was its turn
 *     rest…In(m, d, v, …)     a function of the relation, called by others than the loop
 *
 *   SR1  Only functions that the loop calls return ROUND (`isDriven`), and others get at them through a door.
 *   SR2  A call is a round only as long as the relation's link leads to its own code (CR2).
 */
import type { After } from "./after.js";
import { doorName, type FunctionText, type UnitText } from "./code-text.js";

/** A rest that may be noted. */
interface NotedRest {
  readonly rest: FunctionText;
  /** The local that waits for its part (after.ts), which is noted as well unless it is "null". */
  readonly part: string;
}

export class RecursionWriter {
  /** The name of the function that the relation is called by. */
  readonly entry: string;
  readonly #unit: UnitText;
  readonly #arity: number;
  readonly #drive: string;
  readonly #goOn: string;
  readonly #sizes: string;
  /** The rests that may be noted. */
  readonly #rests: NotedRest[] = [];
  #hasRounds = false;

  constructor(unit: UnitText, arity: number) {
    this.#unit = unit;
    this.#arity = arity;
    this.entry = unit.name("entry");
    this.#drive = unit.name("drive");
    this.#goOn = unit.name("goOn");
    this.#sizes = unit.name("SIZES");
  }

  get hasRounds(): boolean {
    return this.#hasRounds;
  }

  /**
   * A call of the relation by itself, as long as `link` leads there (SR2); what is behind it waits for its value. Where
   * that will call again it is no round: of calls that branch only the last is as deep as they are many.
   */
  round(fn: FunctionText, link: string, values: readonly string[], after: After): void {
    this.#unit.noteRepetition();
    const rest = after.rest(fn);
    if (rest?.repeats === true) return;
    this.#hasRounds = true;
    fn.line(`if (${link} === ${this.entry}) {`);
    if (rest !== null) {
      const part = after.part(fn);
      const locals = rest.outer.map((name) => fn.use(name)).reverse();
      if (part !== "null") locals.push(part);
      fn.line(`m.rounds.push(${[...locals, this.#siteOf({ rest, part })].join(", ")});`);
    }
    values.forEach((value, index) => {
      fn.line(`next${index} = ${value};`);
    });
    fn.line("return ROUND;");
    fn.line("}");
  }

  #siteOf(noted: NotedRest): number {
    const known = this.#rests.findIndex(
      ({ rest, part }) => rest === noted.rest && part === noted.part,
    );
    return known >= 0 ? known : this.#rests.push(noted) - 1;
  }

  /** What the unit has beside the functions of its relation. */
  write(find: FunctionText): void {
    if (!this.#hasRounds) return;
    const parameters = Array.from({ length: this.#arity }, (_, index) => `a${index}`);
    this.#writeDrive(find);
    this.#writeGoOn();
    this.#writeDoor(this.entry, ["m", "d", ...parameters], find.name);
    for (const fn of this.#unit.doors) this.#writeDoor(doorName(fn), fn.parameters, fn.name);
  }

  /** What goes before the unit's functions. */
  declarations(): string[] {
    if (!this.#hasRounds)
      return [...this.#unit.doors].map((fn) => `const ${doorName(fn)} = ${fn.name};`);
    return [
      ...Array.from({ length: this.#arity }, (_, index) => `let next${index} = null;`),
      `const ${this.#sizes} = [${this.#rests.map((noted) => localsOf(noted) + 1).join(", ")}];`,
    ];
  }

  #writeDoor(name: string, parameters: readonly string[], inner: string): void {
    const fn = this.#unit.functionNamed(name, parameters);
    fn.line("const base = m.rounds.length;");
    fn.line(`const found = ${inner}(${parameters.join(", ")});`);
    fn.line(`return found === ROUND ? ${this.#drive}(m, d, base) : found;`);
  }

  #writeDrive(find: FunctionText): void {
    const fn = this.#unit.functionNamed(this.#drive, ["m", "d", "base"]);
    const next = Array.from({ length: this.#arity }, (_, index) => `next${index}`);
    fn.line("const rounds = m.rounds;");
    fn.line("let found = ROUND;");
    fn.line("for (;;) {");
    fn.line(`if (found === ROUND) found = ${find.name}(${["m", "d", ...next].join(", ")});`);
    fn.line(`else if (found === null) return leaveRounds(m, base, ${this.#sizes}, ${this.#goOn});`);
    fn.line("else if (rounds.length === base) return found;");
    fn.line("else switch (rounds.pop()) {");
    this.#rests.forEach((noted, site) => {
      const args = argumentsOf(noted, () => "rounds.pop()");
      fn.line(`case ${site}: found = ${noted.rest.name}(${args}); break;`);
    });
    fn.line("}");
    fn.line("}");
  }

  #writeGoOn(): void {
    const fn = this.#unit.functionNamed(this.#goOn, ["m", "d", "found", "noted", "at"]);
    fn.line("switch (noted[at - 1]) {");
    this.#rests.forEach((noted, site) => {
      const args = argumentsOf(noted, (index) => `noted[at - ${index + 2}]`);
      fn.line(`case ${site}: return ${this.#unit.door(noted.rest)}(${args});`);
    });
    fn.line("}");
  }
}

/** How many locals are noted for a rest. */
function localsOf({ rest, part }: NotedRest): number {
  return rest.outer.length + (part === "null" ? 0 : 1);
}

/** The arguments of a rest that was noted: `local` reads what was noted last first. */
function argumentsOf(noted: NotedRest, local: (index: number) => string): string {
  const locals = Array.from({ length: localsOf(noted) }, (_, index) => local(index));
  const value = noted.part === "null" ? "found" : `taken(${locals.shift()}, found)`;
  return ["m", "d", value, ...locals].join(", ");
}

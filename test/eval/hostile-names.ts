/** Programs whose names and strings look like code, run as generated code and by the machine. */
import { expect } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment, heapOf } from "../../src/environment/environment.js";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import { interpret } from "../../src/eval/interpreter/interpret.js";
import { UNDEFINED } from "../../src/eval/language/type-names.js";
import { wholeAllowance } from "../../src/eval/limits/budget.js";
import { EvaluationContext } from "../../src/eval/machine/evaluation-context.js";
import { Machine } from "../../src/eval/machine/machine.js";
import { Preparations } from "../../src/eval/rules/prepared.js";
import { Heap } from "../../src/memory/heap.js";
import {
  type Atom,
  expression,
  integer,
  SELF,
  string,
  symbol,
  Variable,
} from "../../src/term/atom.js";
import { equal } from "../../src/term/equal.js";
import { renameFresh } from "../../src/term/resolve.js";
import { Results } from "./results.js";

/** Set by code that got out of its quotes. */
export const TRAP = "__escaped";

const PIECES: readonly string[] = [
  '"',
  "'",
  "`",
  "${",
  "}",
  "\\",
  "\\u0022",
  "\n",
  "\r",
  "\u2028",
  "\u2029",
  "\0",
  "//",
  "/*",
  "*/",
  "<!--",
  "-->",
  ";",
  ")",
  "(",
  "=>",
  "\ud800",
  "\udfff",
  "\ud83d\ude00",
  "é",
  "\u202e",
  "x".repeat(70_000),
  `globalThis.${TRAP}=1`,
  `\${globalThis.${TRAP}=1}`,
  `");globalThis.${TRAP}=1;("`,
  `*/globalThis.${TRAP}=1/*`,
  `\nglobalThis.${TRAP}=1\n`,
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "arguments",
  "await",
  "yield",
  "m",
  "d",
  "a0",
  "c1",
  "found",
  "open",
  "return",
  "null",
  "undefined",
  "use strict",
  "#sourceMappingURL=x",
  "%s",
  "0",
  "-1",
];

/** A number below `limit`, by a seed that goes on. */
function below(seed: { value: number }, limit: number): number {
  seed.value = (Math.imul(seed.value, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed.value / 2 ** 32) * limit);
}

function hostileName(seed: { value: number }): string {
  const pieces = Array.from(
    { length: 1 + below(seed, 3) },
    () => PIECES[below(seed, PIECES.length)]!,
  );
  return pieces.join("");
}

/** Rules, facts and a call that go through what code is generated for: matching, forms, constants, searches. */
function programOf(seed: { value: number }): { readonly atoms: Atom[]; readonly calls: Atom[] } {
  const names = new Set<string>();
  while (names.size < 5) names.add(`n${hostileName(seed)}`);
  const [count, pass, fact, kind, other] = [...names].map(symbol) as [Atom, Atom, Atom, Atom, Atom];
  const text = string(hostileName(seed));
  const x = new Variable(hostileName(seed), 0);
  const y = new Variable(`y${hostileName(seed)}`, 0);
  const call = (...parts: Atom[]): Atom => expression(parts);
  const named = (name: string, ...parts: Atom[]): Atom => expression([symbol(name), ...parts]);
  const rule = (left: Atom, right: Atom): Atom => named("=", left, right);
  const again = call(count, named("-", x, integer(1)));
  const atoms = [
    rule(call(count, x), named("if", named("==", x, integer(0)), call(pass, text), again)),
    rule(call(pass, x), named("let", y, call(kind, x, text), call(other, y))),
    rule(call(kind, x, text), call(fact, x, kind)),
    rule(
      call(other, call(fact, x, kind)),
      named("match", SELF, call(fact, other, y), call(fact, y, text)),
    ),
    call(fact, other, text),
    call(fact, other, kind),
    named(":", kind, named("->", symbol("Atom"), symbol("Atom"), symbol("Atom"))),
  ];
  return { atoms, calls: Array.from({ length: 3 }, () => call(count, integer(12))) };
}

function resultsOf(
  program: ReturnType<typeof programOf>,
  generates: boolean,
): { found: Atom[]; codes: number } {
  const environment = Environment.create(Heap.create({ maxBytes: 2 ** 24 }));
  const library = standardLibrary();
  for (const atom of program.atoms) environment.add(atom);
  const host = { print: () => {}, trace: () => {}, random: () => 0.5 };
  const found: Atom[] = [];
  const preparations = new Preparations();
  for (const call of program.calls) {
    const context = new EvaluationContext(
      environment,
      null,
      { library, host, preparations },
      wholeAllowance(heapOf(environment), { maxSteps: 10_000 }),
    );
    const machine = new Machine(context, { interpret, shortcuts: generates ? "code" : "glances" });
    const results = new Results();
    machine.evaluate(renameFresh(call), UNDEFINED, results);
    machine.run();
    machine.close();
    expect(machine.stopped).toBe("completed");
    found.push(...results.found);
  }
  checkEnvironment(environment);
  environment.dispose();
  return { found, codes: preparations.codeCount };
}

/** Runs programs both ways and expects the same of both, and that no name was run as code. */
export function tryHostileNames(seed: number, programs: number): void {
  const state = { value: seed };
  for (let turn = 0; turn < programs; turn++) {
    const program = programOf(state);
    const machine = resultsOf(program, false);
    const code = resultsOf(program, true);
    expect(code.codes).toBeGreaterThan(0);
    expect(code.found.length).toBe(machine.found.length);
    expect(machine.found.length).toBe(6);
    expect(code.found.every((atom, index) => equal(atom, machine.found[index]!))).toBe(true);
    expect(Object.hasOwn(globalThis, TRAP)).toBe(false);
  }
}

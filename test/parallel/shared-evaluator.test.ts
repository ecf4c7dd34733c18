/** The functions that take no evaluator share what they prepare: FE1. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { impureOperation } from "../../src/eval/host/operation.js";
import { Preparations } from "../../src/eval/rules/prepared.js";
import { Heap } from "../../src/memory/heap.js";
import { evaluate, evaluateAsync } from "../../src/parallel/language-evaluator.js";
import { parallelLibrary } from "../../src/parallel/library.js";
import { integer } from "../../src/term/atom.js";
import { atom } from "../../src/term/template.js";

afterEach(() => vi.restoreAllMocks());

/** What calls that looked for the rules of `f` were given. */
function watchRules(): () => unknown[] {
  const calls = vi.spyOn(Preparations.prototype, "rules");
  return () =>
    calls.mock.results
      .filter((_, index) => calls.mock.calls[index]![1]?.name === "f")
      .map(({ value }) => value as unknown);
}

function environmentWithRule(): Environment {
  const environment = Environment.create(Heap.create());
  environment.add(atom`(= (f $x) (* $x 2))`);
  return environment;
}

describe("evaluate", () => {
  it.each([
    ["the whole language", {}],
    ["a library", { library: parallelLibrary() }],
  ])("with %s prepares rules once for all its calls", async (_, options) => {
    const environment = environmentWithRule();
    const found = watchRules();
    evaluate(environment, atom`(f 1)`, options);
    evaluate(environment.clone(), atom`(f 2)`, options);
    await evaluateAsync(environment, atom`(f 3)`, options);
    expect(found().length).toBeGreaterThanOrEqual(3);
    expect(new Set(found()).size).toBe(1);
  });

  it("uses rules as they are in the environment that it is given", () => {
    const environment = environmentWithRule();
    const changed = environment.clone();
    changed.remove(atom`(= (f $x) (* $x 2))`);
    changed.add(atom`(= (f $x) (+ $x 1))`);
    const both = (): string[] =>
      [environment, changed].map((each) => String(evaluate(each, atom`(f 5)`).results));
    expect(both()).toEqual(["10", "6"]);
    expect(both()).toEqual(["10", "6"]);
  });

  it("keeps what two libraries say apart", () => {
    const environment = environmentWithRule();
    const other = parallelLibrary();
    other.addOperation(impureOperation("g", "(-> Number Number)", "One more.", () => integer(7)));
    expect(String(evaluate(environment, atom`(g 1)`).results)).toBe("(g 1)");
    expect(String(evaluate(environment, atom`(g 1)`, { library: other }).results)).toBe("7");
    expect(String(evaluate(environment, atom`(g 1)`).results)).toBe("(g 1)");
  });
});

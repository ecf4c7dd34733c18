/** A level of a join with a memory gives what the level within gives. */
import { describe, expect, it } from "vitest";
import { handleOf } from "../../src/environment/environment.js";
import type { Level } from "../../src/environment/join-level.js";
import { RememberingLevel } from "../../src/environment/remembering-level.js";
import { T_FLOAT, T_INTEGER, tokenOf } from "../../src/term/tokens.js";
import { atom, environmentOf, makeHeap, matches, settle } from "./harness.js";

/** Gives so many values as the word of register 0 says, 1000 times the word and up, in register 1. */
class Counting implements Level {
  found = 0;
  begins = 0;
  #left = 0;
  readonly #registers: Int32Array;

  constructor(registers: Int32Array) {
    this.#registers = registers;
  }

  begin(): void {
    this.begins++;
    this.#left = this.#registers[0]!;
  }

  next(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    this.found++;
    this.#registers[1] = 1000 * this.#registers[0]! + this.#left;
    return true;
  }
}

/** A level over words of which word n is the integer n; what it gives for the n-th word. */
function levelOver(tag: number) {
  const { store } = handleOf(environmentOf(makeHeap()));
  const words = Int32Array.from({ length: 5000 }, (_, n) => tokenOf(tag, n));
  const registers = new Int32Array(2);
  const within = new Counting(registers);
  const calls = { givenUp: 0 };
  const level = new RememberingLevel(
    Object.assign(Object.create(store), { words }),
    within,
    registers,
    { taken: [0], given: [1] },
    () => calls.givenUp++,
  );
  const give = (value: number): number[] => {
    registers[0] = value;
    level.begin();
    const found: number[] = [];
    while (level.next()) found.push(registers[1]!);
    return found;
  };
  return { within, calls, give };
}

describe("a remembering level", () => {
  it("asks the level within once for each value, and gives the same each time (KL1)", () => {
    const { within, calls, give } = levelOver(T_INTEGER);
    for (let turn = 0; turn < 5; turn++) {
      expect(give(0)).toEqual([]);
      expect(give(3)).toEqual([3002, 3001, 3000]);
      expect(give(1)).toEqual([1000]);
    }
    expect(within.begins).toBe(3);
    expect(calls.givenUp).toBe(0);
  });

  it("asks each time where a value is more than one word (KL1)", () => {
    const { within, give } = levelOver(T_FLOAT);
    for (let turn = 0; turn < 5; turn++) expect(give(2)).toEqual([2001, 2000]);
    expect(within.begins).toBe(5);
  });

  it("notes no more than few values of a question (KL2)", () => {
    const { within, calls, give } = levelOver(T_INTEGER);
    for (let turn = 0; turn < 2; turn++) expect(give(300)).toHaveLength(300);
    expect(within.begins).toBe(2);
    expect(calls.givenUp).toBe(0);
  });

  it("gives up where questions do not come again (KL2)", () => {
    const { calls, give } = levelOver(T_INTEGER);
    for (let value = 1; value < 250; value++) give(value);
    expect(calls.givenUp).toBe(1);
    expect(give(7)).toEqual([7006, 7005, 7004, 7003, 7002, 7001, 7000]);
  });

  it("is left out of a join that does not ask again, which then finds the rest", () => {
    const heap = makeHeap();
    const env = environmentOf(heap);
    const rows = 3000;
    for (let n = 0; n < rows; n++) env.add(atom(`(a n${n} n${n + 1})`));
    env.add(atom("(a n5 n5)"));
    const expected: string[] = [];
    for (let n = 0; n < rows; n++) {
      if (n + 1 < rows) expected.push(`(n${n} n${n + 1} n${n + 2})`);
      if (n + 1 === 5) expected.push("(n4 n5 n5)");
    }
    expected.push("(n5 n5 n6)", "(n5 n5 n5)");
    expect(matches(env, "(, (a $x $y) (a $y $z))", "($x $y $z)")).toEqual(expected);
    settle(heap, env);
  });
});

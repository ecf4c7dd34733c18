import fc from "fast-check";
import { expect, test } from "vitest";
import { AnswerSet } from "../../src/eval/tabling/answer-set.js";
import { AtomDictionary, Places } from "../../src/eval/tabling/atom-dictionary.js";
import { integer, variable } from "../../src/term/atom.js";

/** Numbers of integers, and of variables of several names at few places, which are of one kind by their place. */
function numbers(dictionary: AtomDictionary): {
  readonly all: number[];
  readonly kindOf: (at: number) => string;
} {
  const kinds: string[] = [];
  const all: number[] = [];
  for (const value of [0, 1, 2, 3, 70_000, -1]) {
    all.push(dictionary.numberOf(integer(value), new Places(true)));
    kinds.push(`${value}`);
  }
  for (const name of ["x", "y"]) {
    all.push(dictionary.numberOf(variable(name), new Places(true)));
    kinds.push("first place");
  }
  return { all, kindOf: (at) => kinds[at]! };
}

test("rows are kept once each, in order, whatever they are compared with (AS1, AS2)", () => {
  const rows = (width: number) => {
    const number = fc.nat(7);
    return fc.array(fc.tuple(fc.array(number, { minLength: width, maxLength: width }), number), {
      maxLength: 300,
    });
  };
  const cases = fc.nat(3).chain((width) => fc.tuple(fc.constant(width), rows(width)));
  fc.assert(
    fc.property(cases, ([width, wanted]) => {
      const dictionary = new AtomDictionary();
      const { all, kindOf } = numbers(dictionary);
      const answers = new AnswerSet(dictionary, width);
      const model = new Map<string, readonly number[]>();
      for (const [row, value] of wanted) {
        const key = [...row, value].map(kindOf).join(" ");
        const isNew = !model.has(key);
        if (isNew) model.set(key, [...row, value]);
        expect(
          answers.add(
            row.map((at) => all[at]!),
            all[value]!,
          ),
        ).toBe(isNew);
        expect(answers.count).toBe(model.size);
      }
      answers.close();
      for (const [index, expected] of [...model.values()].entries()) {
        const row = Array.from({ length: width }, (_, column) => answers.at(index, column));
        expect([...row, answers.valueOf(index)]).toEqual(expected.map((at) => all[at]!));
      }
    }),
  );
});

test("a great many rows that differ in one column, in whichever, are all found again", () => {
  for (const column of [0, 1]) {
    const dictionary = new AtomDictionary();
    const found = Array.from({ length: 5000 }, (_, value) =>
      dictionary.numberOf(integer(value), new Places(true)),
    );
    const answers = new AnswerSet(dictionary, 2);
    const rowOf = (number: number): number[] =>
      column === 0 ? [number, found[7]!] : [found[7]!, number];
    for (const number of found) expect(answers.add(rowOf(number), found[0]!)).toBe(true);
    for (const number of found) expect(answers.add(rowOf(number), found[0]!)).toBe(false);
    expect(answers.add(rowOf(found[3]!), found[1]!)).toBe(true);
    expect(answers.count).toBe(5001);
  }
});

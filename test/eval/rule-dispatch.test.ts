import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PreparedRules } from "../../src/eval/rules/prepared.js";
import { PreparedRule } from "../../src/eval/rules/prepared-rule.js";
import { RuleDispatch } from "../../src/eval/rules/rule-dispatch.js";
import { type Expression, expression, symbol } from "../../src/term/atom.js";
import { parseAtom } from "../../src/term/parser.js";
import { Trail } from "../../src/term/trail.js";

function ruleOf(left: string, id: number): PreparedRule {
  const rule = expression([symbol("="), parseAtom(left), symbol("body")]);
  return new PreparedRule({ id, rule, writer: 1, sequence: id });
}

function find(dispatch: RuleDispatch | PreparedRules, call: string): PreparedRules | null {
  return dispatch instanceof RuleDispatch ? dispatch.find(parseAtom(call) as Expression) : dispatch;
}

const part = fc.constantFrom(
  ..."a b c 0 1 1.0 -1 True False () $x $y &self".split(" "),
  "(C a)",
  "(C $x)",
  "(D a b)",
  "($h a)",
  "(1 a)",
  "(C (C a))",
  '"a"',
);

describe("a dispatch of rules", () => {
  it("finds every rule that a call matches, in their order", () => {
    const call = fc.tuple(part, part).map((parts) => `(f ${parts.join(" ")})`);
    fc.assert(
      fc.property(fc.array(call, { minLength: 9, maxLength: 60 }), call, (lefts, asked) => {
        const rules = lefts.map(ruleOf);
        const found = find(RuleDispatch.among(rules, 2), asked);
        if (found === null) return; // The store's index selects them.
        const ids = found.rules.map(({ id }) => id);
        expect(ids).toEqual([...ids].sort((one, other) => one - other));
        const trail = new Trail();
        for (const rule of rules) {
          const matches = rule.match(parseAtom(asked), trail) !== null;
          trail.undoTo(0);
          if (matches) expect(ids).toContain(rule.id);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("looks at the argument that tells most of the rules apart", () => {
    const rules = Array.from({ length: 200 }, (_, index) => ruleOf(`(f same k${index} $x)`, index));
    const found = find(RuleDispatch.among(rules, 3), "(f same k150 1)");
    expect(found?.rules.map(({ id }) => id)).toEqual([150]);
    expect(found?.isWhole).toBe(true);
    expect(find(RuleDispatch.among(rules, 3), "(f same none 1)")?.rules).toEqual([]);
    expect(find(RuleDispatch.among(rules, 3), "(f same $k 1)")).toBeNull();
  });

  it("divides by another argument what one leaves together", () => {
    const rules = Array.from({ length: 400 }, (_, index) =>
      ruleOf(`(f a${index % 20} b${Math.floor(index / 20)})`, index),
    );
    const found = find(RuleDispatch.among(rules, 2), "(f a3 b7)");
    expect(found?.rules.map(({ id }) => id)).toEqual([143]);
  });

  it("is none for rules that no argument tells apart", () => {
    const rules = Array.from({ length: 100 }, (_, index) => ruleOf("(f $x $y)", index));
    expect(RuleDispatch.among(rules, 2)).toBeInstanceOf(PreparedRules);
  });
});

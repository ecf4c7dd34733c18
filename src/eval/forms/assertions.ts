/** Special forms that compare what their arguments evaluate to: assertions. */

import { withContents } from "../../environment/contents.js";
import type { Handle } from "../../environment/handle.js";
import {
  type Atom,
  EXPRESSION,
  type Expression,
  expression,
  symbol,
  TRUE,
  UNIT,
} from "../../term/atom.js";
import { AlphaNumbers, AtomNumbers } from "../../term/atom-numbers.js";
import { printBriefly } from "../../term/printer.js";
import { resolve } from "../../term/resolve.js";
import { errorAtom } from "../language/error-atom.js";
import { UNDEFINED } from "../language/type-names.js";
import { collect, ThenFrame } from "../machine/collecting.js";
import { form, type SpecialForm } from "../machine/special-form.js";
import { missing, type Numbering } from "./multisets.js";

const NOT = symbol("not");

const assertForm = form({
  name: "assert",
  type: "(-> Atom (->))",
  summary: "Fails unless its argument is True.",
  run: (machine, call, _type, frame) => {
    const check = new ThenFrame(frame, (_machine, value, parent) => {
      const reason = expression([resolve(call.children[1]!), NOT, TRUE]);
      machine.give(value === TRUE ? UNIT : errorAtom(resolve(call), reason), parent);
    });
    machine.evaluate(call.children[1]!, UNDEFINED, check);
  },
});

/** Characters of one atom in the report of a failed assertion. */
const LONGEST_SHOWN = 100_000;

/** How an assertion compares values as multisets. */
interface Comparison {
  readonly by: Numbering;
  /** Whether the expected side is evaluated; otherwise it is the list of the values. */
  readonly evaluates?: boolean;
  /** Whether there is a message behind the sides, which is the error where they differ. */
  readonly hasMessage?: boolean;
}

/** `()` if the values are the same, otherwise the error of the failed assertion. */
function compareResults(
  handle: Handle,
  call: Expression,
  got: readonly Atom[],
  wanted: readonly Atom[],
  { by, hasMessage }: Comparison,
): Atom {
  const missed = missing(handle, wanted, got, by);
  const excessive = missing(handle, got, wanted, by);
  if (missed.length === 0 && excessive.length === 0) return UNIT;
  if (hasMessage === true) {
    const withoutMessage = expression(call.children.slice(0, -1));
    return errorAtom(resolve(withoutMessage), resolve(call.children.at(-1)!));
  }
  const show = (atoms: readonly Atom[]): string =>
    atoms.map((atom) => printBriefly(withContents(handle, atom), LONGEST_SHOWN)).join(", ");
  let report = `\nExpected: [${show(wanted)}]\nGot: [${show(got)}]`;
  if (missed.length > 0) report += `\nMissed results: ${show(missed)}`;
  if (excessive.length > 0) report += `\nExcessive results: ${show(excessive)}`;
  return errorAtom(resolve(call), report);
}

function assertion(name: string, summary: string, comparison: Comparison): SpecialForm {
  return form({
    name,
    type: comparison.hasMessage === true ? "(-> Atom Atom Atom (->))" : "(-> Atom Atom (->))",
    summary,
    run: (machine, call, _type, frame) => {
      const [, actual, expected] = call.children;
      collect(machine, actual!, UNDEFINED, (got) => {
        const compare = (wanted: readonly Atom[]): void =>
          machine.give(compareResults(machine.handle, call, got, wanted, comparison), frame);
        if (comparison.evaluates === true) {
          collect(machine, expected!, UNDEFINED, compare);
          return;
        }
        const list = resolve(expected!);
        compare(list.tag === EXPRESSION ? list.children : [list]);
      });
    },
  });
}

const assertions: readonly SpecialForm[] = [
  assertion("assertEqual", "Fails unless both arguments have the same values.", {
    by: AtomNumbers,
    evaluates: true,
  }),
  assertion("assertEqualMsg", "Like assertEqual, with a custom message.", {
    by: AtomNumbers,
    evaluates: true,
    hasMessage: true,
  }),
  assertion("assertAlphaEqual", "Like assertEqual, up to renaming of variables.", {
    by: AlphaNumbers,
    evaluates: true,
  }),
  assertion("assertAlphaEqualMsg", "Like assertAlphaEqual, with a custom message.", {
    by: AlphaNumbers,
    evaluates: true,
    hasMessage: true,
  }),
  assertion(
    "assertEqualToResult",
    "Fails unless the values of the first argument are the list that is the second.",
    { by: AtomNumbers },
  ),
  assertion("assertEqualToResultMsg", "Like assertEqualToResult, with a custom message.", {
    by: AtomNumbers,
    hasMessage: true,
  }),
  assertion("assertAlphaEqualToResult", "Like assertEqualToResult, up to renaming of variables.", {
    by: AlphaNumbers,
  }),
  assertion(
    "assertAlphaEqualToResultMsg",
    "Like assertAlphaEqualToResult, with a custom message.",
    {
      by: AlphaNumbers,
      hasMessage: true,
    },
  ),
];

const INCLUDES_ERROR = ["assertIncludes", "error:"].map(symbol);

const NOT_INCLUDED = ["not", "included", "in", "result:"].map(symbol);

const assertIncludes = form({
  name: "assertIncludes",
  type: "(-> Atom Expression (->))",
  summary: "Fails unless every atom of the second argument is among the values of the first.",
  run: (machine, call, _type, frame) => {
    const wanted = resolve(call.children[2]!);
    collect(machine, call.children[1]!, UNDEFINED, (got) => {
      const list = wanted.tag === EXPRESSION ? wanted.children : [wanted];
      const missed = missing(machine.handle, list, got, AtomNumbers);
      const reason = [...INCLUDES_ERROR, expression(missed), ...NOT_INCLUDED, expression(got)];
      const error = errorAtom(resolve(call), expression(reason));
      machine.give(missed.length === 0 ? UNIT : error, frame);
    });
  },
});

export const ASSERTION_FORMS: readonly SpecialForm[] = [assertForm, ...assertions, assertIncludes];

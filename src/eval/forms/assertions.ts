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

const assertForm = form(
  "assert",
  "(-> Atom (->))",
  "Fails unless its argument is True.",
  (machine, call, _type, frame) => {
    const check = new ThenFrame(frame, (_machine, value, parent) => {
      const reason = expression([resolve(call.children[1]!), NOT, TRUE]);
      machine.give(value === TRUE ? UNIT : errorAtom(resolve(call), reason), parent);
    });
    machine.evaluate(call.children[1]!, UNDEFINED, check);
  },
);

/** Characters of one atom in the report of a failed assertion. */
const LONGEST_SHOWN = 100_000;

/** `()` if the values are the same as multisets, otherwise the error of the failed assertion. */
function compareResults(
  handle: Handle,
  call: Expression,
  got: readonly Atom[],
  wanted: readonly Atom[],
  by: Numbering,
  message: Atom | undefined,
): Atom {
  const missed = missing(handle, wanted, got, by);
  const excessive = missing(handle, got, wanted, by);
  if (missed.length === 0 && excessive.length === 0) return UNIT;
  if (message !== undefined) {
    const withoutMessage = expression(call.children.slice(0, -1));
    return errorAtom(resolve(withoutMessage), resolve(message));
  }
  const show = (atoms: readonly Atom[]): string =>
    atoms.map((atom) => printBriefly(withContents(handle, atom), LONGEST_SHOWN)).join(", ");
  let report = `\nExpected: [${show(wanted)}]\nGot: [${show(got)}]`;
  if (missed.length > 0) report += `\nMissed results: ${show(missed)}`;
  if (excessive.length > 0) report += `\nExcessive results: ${show(excessive)}`;
  return errorAtom(resolve(call), report);
}

/** An assertion: `evaluated` says whether the expected side is an expression to evaluate. */
function assertion(
  name: string,
  type: string,
  summary: string,
  by: Numbering,
  evaluated: boolean,
  withMessage: boolean,
): SpecialForm {
  return form(name, type, summary, (machine, call, _type, frame) => {
    const [, actual, expected, message] = call.children;
    collect(machine, actual!, UNDEFINED, (got) => {
      const compare = (wanted: readonly Atom[]): void => {
        const note = withMessage ? message : undefined;
        machine.give(compareResults(machine.handle, call, got, wanted, by, note), frame);
      };
      if (evaluated) {
        collect(machine, expected!, UNDEFINED, compare);
        return;
      }
      const list = resolve(expected!);
      compare(list.tag === EXPRESSION ? list.children : [list]);
    });
  });
}

const assertions: readonly SpecialForm[] = [
  assertion(
    "assertEqual",
    "(-> Atom Atom (->))",
    "Fails unless both arguments have the same values.",
    AtomNumbers,
    true,
    false,
  ),
  assertion(
    "assertEqualMsg",
    "(-> Atom Atom Atom (->))",
    "Like assertEqual, with a custom message.",
    AtomNumbers,
    true,
    true,
  ),
  assertion(
    "assertAlphaEqual",
    "(-> Atom Atom (->))",
    "Like assertEqual, up to renaming of variables.",
    AlphaNumbers,
    true,
    false,
  ),
  assertion(
    "assertAlphaEqualMsg",
    "(-> Atom Atom Atom (->))",
    "Like assertAlphaEqual, with a custom message.",
    AlphaNumbers,
    true,
    true,
  ),
  assertion(
    "assertEqualToResult",
    "(-> Atom Atom (->))",
    "Fails unless the values of the first argument are the list that is the second.",
    AtomNumbers,
    false,
    false,
  ),
  assertion(
    "assertEqualToResultMsg",
    "(-> Atom Atom Atom (->))",
    "Like assertEqualToResult, with a custom message.",
    AtomNumbers,
    false,
    true,
  ),
  assertion(
    "assertAlphaEqualToResult",
    "(-> Atom Atom (->))",
    "Like assertEqualToResult, up to renaming of variables.",
    AlphaNumbers,
    false,
    false,
  ),
  assertion(
    "assertAlphaEqualToResultMsg",
    "(-> Atom Atom Atom (->))",
    "Like assertAlphaEqualToResult, with a custom message.",
    AlphaNumbers,
    false,
    true,
  ),
];

const INCLUDES_ERROR = ["assertIncludes", "error:"].map(symbol);

const NOT_INCLUDED = ["not", "included", "in", "result:"].map(symbol);

const assertIncludes = form(
  "assertIncludes",
  "(-> Atom Expression (->))",
  "Fails unless every atom of the second argument is among the values of the first.",
  (machine, call, _type, frame) => {
    const wanted = resolve(call.children[2]!);
    collect(machine, call.children[1]!, UNDEFINED, (got) => {
      const list = wanted.tag === EXPRESSION ? wanted.children : [wanted];
      const missed = missing(machine.handle, list, got, AtomNumbers);
      const reason = [...INCLUDES_ERROR, expression(missed), ...NOT_INCLUDED, expression(got)];
      const error = errorAtom(resolve(call), expression(reason));
      machine.give(missed.length === 0 ? UNIT : error, frame);
    });
  },
);

export const ASSERTION_FORMS: readonly SpecialForm[] = [assertForm, ...assertions, assertIncludes];

/** Text and atoms: reading an atom from text, and characters. */

import { OxbowError } from "../../base/errors.js";
import { countWork } from "../../base/work.js";
import { EXPRESSION, expression, STRING, SYMBOL, string, symbol } from "../../term/atom.js";
import { Parser } from "../../term/parser.js";
import { renameFresh, resolve } from "../../term/resolve.js";
import { type Operation, OperationError, pureOperation } from "../host/operation.js";
import { errorAtom } from "../language/error-atom.js";
import { STRING_TYPE } from "../language/type-names.js";
import { ThenFrame } from "../machine/collecting.js";
import { form, type SpecialForm } from "../machine/special-form.js";
import { tokensIn } from "../settings/words.js";

const parse = form({
  name: "parse",
  type: "(-> String Atom)",
  summary: "The atom that stands first in a text, unevaluated.",
  run: (machine, call, _type, frame) => {
    const tokens = tokensIn(machine.context);
    const read = new ThenFrame(frame, (_machine, value, parent) => {
      if (value.tag !== STRING) {
        machine.give(errorAtom(resolve(call), symbol("parse expects a string")), parent);
        return;
      }
      try {
        const parser = new Parser(value.value, { tokens });
        const item = parser.nextItem();
        if (item === null) machine.fail();
        else machine.give(renameFresh(item.atom), parent);
      } catch (error) {
        if (!(error instanceof OxbowError)) throw error;
        machine.give(errorAtom(resolve(call), error.message), parent);
      }
    });
    machine.evaluate(call.children[1]!, STRING_TYPE, read);
  },
});

/** A character as programs write it. */
const CHARACTER = /^'(.)'$/su;

export const TEXT_FORMS: readonly SpecialForm[] = [parse];

export const TEXT_OPERATIONS: readonly Operation[] = [
  pureOperation(
    "stringToChars",
    "(-> String Expression)",
    "The characters of a string, each between single quotes.",
    ([text]) => {
      if (text?.tag !== STRING) throw new OperationError("stringToChars expects a string");
      return expression(
        Array.from(text.value, (character) => {
          countWork(1);
          return symbol(`'${character}'`);
        }),
      );
    },
  ),
  pureOperation(
    "charsToString",
    "(-> Expression String)",
    "The string of characters that stand between single quotes.",
    ([list]) => {
      const parts = list?.tag === EXPRESSION ? list.children : [];
      const texts = parts.map((part) =>
        part.tag === SYMBOL ? CHARACTER.exec(part.name)?.[1] : undefined,
      );
      if (list?.tag !== EXPRESSION || texts.includes(undefined)) {
        throw new OperationError("charsToString expects an expression of characters");
      }
      return string(texts.join(""));
    },
  ),
];

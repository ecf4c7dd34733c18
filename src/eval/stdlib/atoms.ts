/** Operations on atoms and expressions: taking apart, putting together, comparing. */

import { countText } from "../../base/work.js";
import { textOf, withContents } from "../../environment/contents.js";
import { handleOf } from "../../environment/environment.js";
import type { Handle } from "../../environment/handle.js";
import {
  type Atom,
  boolean,
  EXPRESSION,
  expression,
  FLOAT,
  float,
  INTEGER,
  integer,
  type SpaceAtom,
  STRING,
  string,
  symbol,
  UNIT,
} from "../../term/atom.js";
import { alphaEqual } from "../../term/equal.js";
import { printBriefly } from "../../term/printer.js";
import { checkTextLength } from "../../term/sizes.js";
import { intersection, subtraction, unique } from "../forms/multisets.js";
import {
  impureOperation,
  NOT_REDUCIBLE,
  type Operation,
  type OperationContext,
  OperationError,
  pureOperation,
  readingOperation,
} from "../host/operation.js";
import { errorAtom } from "../language/error-atom.js";
import { spaceOf } from "../machine/space-scope.js";
import { isNumber } from "../primitives/numbers.js";

function partsOf(atom: Atom | undefined): readonly Atom[] | null {
  return atom?.tag === EXPRESSION ? atom.children : null;
}

const NO_EXPRESSION = "Atom is not an ExpressionAtom";

/** The parts of an expression; throws if it is not one. */
function partsOrError(atom: Atom | undefined, message: string = NO_EXPRESSION): readonly Atom[] {
  const parts = partsOf(atom);
  if (parts !== null) return parts;
  throw new OperationError(message);
}

/** An operation on the parts of one expression. */
function onParts(
  name: string,
  type: string,
  summary: string,
  apply: (parts: readonly Atom[], context: OperationContext) => Atom | readonly Atom[],
  message?: string,
): Operation {
  return pureOperation(name, type, summary, ([first], context) =>
    apply(partsOrError(first, message), context),
  );
}

/** An operation on the parts of a non-empty expression; anything else is an error. */
function ofNonEmpty(
  name: string,
  type: string,
  summary: string,
  apply: (parts: readonly Atom[]) => Atom,
): Operation {
  return pureOperation(name, type, summary, ([first]) => {
    const parts = partsOf(first);
    if (parts !== null && parts.length > 0) return apply(parts);
    const call = expression([symbol(name), first!]);
    return errorAtom(call, `${name} expects a non-empty expression as an argument`);
  });
}

/** An operation on the parts of two expressions. */
function onTwo(
  name: string,
  summary: string,
  apply: (handle: Handle, one: readonly Atom[], other: readonly Atom[]) => Atom[],
): Operation {
  const type = "(-> Expression Expression Atom)";
  return pureOperation(name, type, summary, ([first, second], { environment }) => {
    return expression(apply(handleOf(environment), partsOrError(first), partsOrError(second)));
  });
}

function extreme(
  name: string,
  summary: string,
  choose: (...values: number[]) => number,
): Operation {
  return onParts(name, "(-> %Undefined% Number)", summary, (parts) => {
    if (parts.length === 0) throw new OperationError("Empty expression");
    const values = parts.map((part) => {
      if (part.tag !== INTEGER && part.tag !== FLOAT) {
        const shown = printBriefly(expression(parts));
        throw new OperationError(`Only numbers are allowed in expression: ${shown}`);
      }
      return Number(part.value);
    });
    return float(values.reduce((one, other) => choose(one, other)));
  });
}

const indexAtom = pureOperation(
  "index-atom",
  "(-> Expression Number Atom)",
  "The part of an expression at an index, from 0.",
  ([first, index]) => {
    const parts = partsOrError(first);
    if (!isNumber(index)) {
      throw new OperationError("index-atom expects two arguments: expression and atom");
    }
    const part = parts[Math.trunc(Number(index.value))];
    if (part === undefined) throw new OperationError("Index is out of bounds");
    return part;
  },
);

/** The error for arguments of the wrong kind. */
function misuse(shape: string, name: string, args: readonly Atom[]): OperationError {
  const call = expression([symbol(name), ...args]);
  return new OperationError(`expected: ${shape}, found: ${printBriefly(call)}`);
}

const consAtom = pureOperation(
  "cons-atom",
  "(-> Atom Expression Atom)",
  "An expression with the first argument in front.",
  (args) => {
    const parts = partsOf(args[1]);
    if (parts === null) throw misuse("(cons-atom <head> (: <tail> Expression))", "cons-atom", args);
    return expression([args[0]!, ...parts]);
  },
);

const deconsAtom = pureOperation(
  "decons-atom",
  "(-> Expression Atom)",
  "A pair of an expression's first part and the rest.",
  (args) => {
    const parts = partsOf(args[0]);
    if (parts === null || parts.length === 0) {
      throw misuse("(decons-atom (: <expr> Expression))", "decons-atom", args);
    }
    return expression([parts[0]!, expression(parts.slice(1))]);
  },
);

const repr = pureOperation(
  "repr",
  "(-> Atom String)",
  "The text of an atom.",
  ([atom], { environment }) => string(textOf(handleOf(environment), atom!)),
);

/** The text of an atom for people: a string's own. */
function shown({ environment }: OperationContext, atom: Atom): string {
  return atom.tag === STRING ? atom.value : textOf(handleOf(environment), atom);
}

const println = impureOperation(
  "println!",
  "(-> %Undefined% (->))",
  "Prints a line: the text of a string, any other atom as it is written.",
  ([atom], context) => {
    context.print(`${shown(context, atom!)}\n`);
    return UNIT;
  },
);

const trace = impureOperation(
  "trace!",
  "(-> %Undefined% Atom %Undefined%)",
  "Prints its first argument on standard error and gives the second.",
  ([note, value], context) => {
    context.trace(`${shown(context, note!)}\n`);
    return value!;
  },
);

const formatArgs = pureOperation(
  "format-args",
  "(-> String Expression String)",
  "A string with each {} replaced by the next part of an expression.",
  ([format, args], context) => {
    if (format?.tag !== STRING) {
      throw new OperationError(
        "format-args expects format string as a first argument and expression as a second argument",
      );
    }
    const parts = partsOrError(args);
    const pieces = format.value.split("{}");
    let text = pieces[0]!;
    for (let index = 1; index < pieces.length; index++) {
      const part = parts[index - 1];
      const piece = part === undefined ? "{}" : shown(context, part);
      checkTextLength(text.length + piece.length + pieces[index]!.length);
      text += piece + pieces[index]!;
    }
    countText(text.length);
    return string(text);
  },
);

const getType = readingOperation(
  "get-type",
  "(-> Atom %Undefined%)",
  "The types of an atom; none if it is ill-typed.",
  ([atom, space], context) => {
    if (space === undefined) return context.typesOf(atom!);
    return context.typesOf(atom!, spaceOrError(space, "get-type", context));
  },
);

const getTypeSpace = readingOperation(
  "get-type-space",
  "(-> SpaceType Atom Atom)",
  "The types of an atom in a space; none if it is ill-typed there.",
  ([space, atom], context) =>
    context.typesOf(atom!, spaceOrError(space!, "get-type-space", context)),
);

function spaceOrError(atom: Atom, name: string, { self }: OperationContext): SpaceAtom | null {
  const space = spaceOf(atom, self);
  if (space !== undefined) return space;
  throw new OperationError(`${name} expects a space as the first argument`);
}

const NO_STRINGS = "sort-strings expects expression with strings as a first argument";

const sortStrings = onParts(
  "sort-strings",
  "(-> Expression Expression)",
  "The strings of an expression in ascending order.",
  (parts) => {
    const texts = parts.map((part) => {
      if (part.tag !== STRING) throw new OperationError(NO_STRINGS);
      return part.value;
    });
    return expression(texts.sort().map(string));
  },
  NO_STRINGS,
);

function unchanged(name: string, type: string, summary: string): Operation {
  return pureOperation(name, type, summary, () => NOT_REDUCIBLE);
}

export const ATOMS: readonly Operation[] = [
  ofNonEmpty(
    "car-atom",
    "(-> Expression %Undefined%)",
    "The first part of an expression.",
    (parts) => parts[0]!,
  ),
  ofNonEmpty(
    "cdr-atom",
    "(-> Expression Expression)",
    "An expression without its first part.",
    (parts) => expression(parts.slice(1)),
  ),
  onParts("size-atom", "(-> Expression Number)", "How many parts an expression has.", (parts) =>
    integer(parts.length),
  ),
  onParts(
    "superpose",
    "(-> Expression %Undefined%)",
    "Every part of an expression, as alternatives.",
    (parts) => parts,
    "superpose expects single expression as an argument",
  ),
  onParts(
    "unique-atom",
    "(-> Expression Atom)",
    "The distinct parts of an expression.",
    (parts, { environment }) => expression(unique(handleOf(environment), parts)),
  ),
  onTwo("union-atom", "The parts of both expressions.", (_handle, one, other) => [
    ...one,
    ...other,
  ]),
  onTwo("intersection-atom", "The parts that both expressions have.", intersection),
  onTwo(
    "subtraction-atom",
    "The parts of the first expression that the second lacks.",
    subtraction,
  ),
  extreme("min-atom", "The least number of an expression, as a float.", Math.min),
  extreme("max-atom", "The greatest number of an expression, as a float.", Math.max),
  indexAtom,
  consAtom,
  deconsAtom,
  sortStrings,
  repr,
  println,
  trace,
  formatArgs,
  getType,
  getTypeSpace,
  pureOperation(
    "=alpha",
    "(-> Atom Atom Bool)",
    "Whether two atoms are equal up to renaming of variables.",
    ([one, other], { environment }) =>
      boolean(
        alphaEqual(
          withContents(handleOf(environment), one!),
          withContents(handleOf(environment), other!),
        ),
      ),
  ),
  pureOperation("id", "(-> $t $t)", "Its argument.", ([value]) => value!),
  pureOperation("noeval", "(-> Atom Atom)", "Its argument, not evaluated.", ([value]) => value!),
  pureOperation("empty", "%Undefined%", "No value: ends the branch.", (args) =>
    args.length === 0 ? [] : NOT_REDUCIBLE,
  ),
  pureOperation("nop", "%Undefined%", "Evaluates its arguments and gives ().", () => UNIT),
  pureOperation(
    "unquote",
    "(-> %Undefined% %Undefined%)",
    "What is quoted, evaluated.",
    ([quoted]) => {
      const parts = partsOf(quoted);
      if (parts?.length !== 2 || parts[0] !== symbol("quote")) return NOT_REDUCIBLE;
      return parts[1]!;
    },
  ),
  pureOperation("is-function", "(-> Type Bool)", "Whether a type is a function type.", ([type]) => {
    const parts = partsOf(type);
    return boolean(parts !== null && parts.length > 0 && parts[0] === symbol("->"));
  }),
  unchanged("quote", "(-> Atom Atom)", "Keeps its argument from evaluation."),
  unchanged("Error", "(-> Atom Atom ErrorType)", "An error: the atom that failed, and why."),
];

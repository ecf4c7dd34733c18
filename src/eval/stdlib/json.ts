/**
 * The module `json`: atoms as JSON text and back.
 *
 *     5  "a"  True  null        5  "a"  true  null
 *     name  $x                  "sym!:name"  "var!:x"
 *     (1 2)                     [1, 2]
 *     a space of ("key" value)  {"key":value, …}
 */

import { countWork } from "../../base/work.js";
import type { Environment } from "../../environment/environment.js";
import {
  type Atom,
  BOOLEAN,
  boolean,
  EXPRESSION,
  type Expression,
  expression,
  FLOAT,
  float,
  INTEGER,
  integer,
  SPACE,
  type SpaceAtom,
  STRING,
  SYMBOL,
  string,
  symbol,
  VARIABLE,
  variable,
} from "../../term/atom.js";
import { integerOfDigits } from "../../term/literal.js";
import { print } from "../../term/printer.js";
import { freshVariable } from "../../term/resolve.js";
import { checkTextLength } from "../../term/sizes.js";
import {
  impureOperation,
  NOT_REDUCIBLE,
  type Operation,
  type OperationContext,
  OperationError,
  readingOperation,
} from "../host/operation.js";
import { errorAtom } from "../language/error-atom.js";
import { spaceOf } from "../machine/space-scope.js";

const NULL = symbol("null");
const SYMBOL_PREFIX = "sym!:";
const VARIABLE_PREFIX = "var!:";
const NOT_A_DICTIONARY =
  "Input space must be a dictionary space consists of key-value pairs only or empty space. Use dict-space function";

/** The JSON of an atom. Throws ERR_LIMIT for too long a text, which shared parts can make of a small atom. */
function encode(atom: Atom, context: OperationContext): string {
  const text = encodePart(atom, context);
  checkTextLength(text.length);
  countWork(1);
  return text;
}

function encodePart(atom: Atom, context: OperationContext): string {
  switch (atom.tag) {
    case INTEGER:
      return String(atom.value);
    case FLOAT:
      return Number.isFinite(atom.value) ? print(atom) : "null";
    case BOOLEAN:
      return String(atom.value);
    case STRING:
      return JSON.stringify(atom.value);
    case SYMBOL:
      return atom === NULL ? "null" : JSON.stringify(SYMBOL_PREFIX + atom.name);
    case VARIABLE:
      return JSON.stringify(VARIABLE_PREFIX + atom.name);
    case EXPRESSION:
      return encodeList(atom, context);
    case SPACE:
      return encodeSpace(atom, context);
    default:
      throw new OperationError(`Encode failed for atom (unsupported type): ${print(atom)}`);
  }
}

function encodeList({ children }: Expression, context: OperationContext): string {
  let text = "[";
  for (const [index, child] of children.entries()) {
    text += index === 0 ? "" : ", ";
    text += encode(child, context);
    checkTextLength(text.length);
  }
  return `${text}]`;
}

function encodeSpace(space: SpaceAtom, context: OperationContext): string {
  const found = spaceOf(space, context.self) ?? null;
  const entries = [...context.environment.atoms({ space: found })].map((atom) => {
    const [key, value] = atom.tag === EXPRESSION ? atom.children : [];
    if (key === undefined || value === undefined || (atom as Expression).children.length !== 2) {
      throw new OperationError(NOT_A_DICTIONARY);
    }
    if (key.tag !== STRING) {
      throw new OperationError("Key/value pair is expected, key must be a string");
    }
    return `${JSON.stringify(key.value)}:${encode(value, context)}`;
  });
  return `{${entries.join(", ")}}`;
}

/** A placeholder for a number while JSON is parsed, so that integers stay exact and floats stay floats. */
const NUMBER_KEY = "\u0000number";
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function read(text: string): unknown {
  try {
    JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new OperationError(`Decode failed: ${error.message}`);
  }
  return JSON.parse(
    text.replace(STRING_OR_NUMBER, (found) =>
      found.startsWith('"') ? found : JSON.stringify({ [NUMBER_KEY]: found }),
    ),
  );
}

function decode(value: unknown, environment: Environment): Atom {
  if (value === null) return NULL;
  if (typeof value === "boolean") return boolean(value);
  if (typeof value === "string") return decodeString(value);
  if (Array.isArray(value)) return expression(value.map((each) => decode(each, environment)));
  const entries = Object.entries(value as Record<string, unknown>);
  const number = entries[0]?.[0] === NUMBER_KEY ? entries[0][1] : undefined;
  if (typeof number === "string") return decodeNumber(number);
  const space = environment.createSpace();
  const pairs = entries.map(([key, each]) => expression([string(key), decode(each, environment)]));
  environment.addAll(pairs, { space });
  return space;
}

function decodeString(text: string): Atom {
  if (text.startsWith(SYMBOL_PREFIX)) return symbol(text.slice(SYMBOL_PREFIX.length));
  if (text.startsWith(VARIABLE_PREFIX)) return variable(text.slice(VARIABLE_PREFIX.length));
  return string(text);
}

function decodeNumber(text: string): Atom {
  return /^-?\d+$/.test(text) ? integer(integerOfDigits(text)) : float(Number(text));
}

/** What a dictionary space holds at `wanted`, one of the two variables of the pattern. */
function lookUp(
  space: Atom | undefined,
  key: Atom,
  wanted: Atom,
  value: Atom,
  context: OperationContext,
): readonly Atom[] | typeof NOT_REDUCIBLE {
  const found = space === undefined ? undefined : spaceOf(space, context.self);
  if (found === undefined) return NOT_REDUCIBLE;
  return [
    ...context.environment.match(expression([key, value]), { template: wanted, space: found }),
  ];
}

export const JSON_OPERATIONS: readonly Operation[] = [
  readingOperation(
    "json-encode",
    "(-> Atom String)",
    "The JSON text of an atom.",
    ([atom], context) => string(encode(atom!, context)),
  ),
  impureOperation(
    "json-decode",
    "(-> String Atom)",
    "The atom that a JSON text represents; an object becomes a space of (key value).",
    ([text], { environment }) =>
      text?.tag === STRING ? decode(read(text.value), environment) : NOT_REDUCIBLE,
  ),
  impureOperation(
    "dict-space",
    "(-> %Undefined% Grounded)",
    "A new space with the (key value) pairs of an expression.",
    ([pairs], { environment }) => {
      if (pairs?.tag !== EXPRESSION) {
        return errorAtom(expression([symbol("dict-space"), pairs!]), "expected an expression");
      }
      const space = environment.createSpace();
      environment.addAll(pairs.children, { space });
      return space;
    },
  ),
  readingOperation(
    "get-value",
    "(-> Grounded Atom %Undefined%)",
    "The values of a key in a dictionary space.",
    ([space, key], context) => {
      const value = freshVariable("value");
      return lookUp(space, key!, value, value, context);
    },
  ),
  readingOperation(
    "get-keys",
    "(-> Grounded Atom)",
    "The keys of a dictionary space.",
    ([space], context) => {
      const key = freshVariable("key");
      return lookUp(space, key, key, freshVariable("value"), context);
    },
  ),
];

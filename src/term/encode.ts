/** Atoms to tokens; the format is in `tokens.ts`. Iterative: any depth of nesting. */
import type { Address } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { countWork } from "../base/work.js";
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  type Expression,
  FLOAT,
  HOST,
  INTEGER,
  OPERATION,
  SPACE,
  STATE,
  STRING,
  SYMBOL,
  VARIABLE,
  type Variable,
} from "./atom.js";
import { dereference } from "./resolve.js";
import { SMALL_VISITS } from "./sharing.js";
import { atomTooLarge, LARGEST_ATOM_WORDS } from "./sizes.js";
import {
  INLINE_INTEGER_MAXIMUM,
  INLINE_INTEGER_MINIMUM,
  LONG_HEAD_WORDS,
  SHORT_ARITY_LIMIT,
  SHORT_HEAD_WORDS,
  SHORT_LENGTH_LIMIT,
  shortExpression,
  T_AGAIN,
  T_BIG,
  T_BOOLEAN,
  T_FLOAT,
  T_INTEGER,
  T_LONG_EXPRESSION,
  T_OPERATION,
  T_SAFE,
  T_SPACE,
  T_STATE,
  T_STRING,
  T_SYMBOL,
  T_VARIABLE,
  tokenOf,
} from "./tokens.js";
import { VariableNumbers } from "./variable-numbers.js";
import type { Vocabulary } from "./vocabulary.js";

/**
 * An upper bound on the words of the atom's run: exact but for repeated variables. Shared parts are written as often
 * as they occur. Throws ERR_LIMIT for more than {@link LARGEST_ATOM_WORDS}.
 */
export function measure(atom: Atom): number {
  let total = 0;
  let counted = 0;
  const pending: Atom[] = [atom];
  while (pending.length > 0) {
    const next = dereference(pending.pop()!);
    if (next.tag === EXPRESSION) {
      total += LONG_HEAD_WORDS;
      for (const child of next.children) {
        if (child.tag === SYMBOL) total++;
        else pending.push(child);
      }
      if (total - counted > SMALL_VISITS) {
        if (total > LARGEST_ATOM_WORDS) throw atomTooLarge();
        countWork(total - counted);
        counted = total;
      }
    } else {
      total += leafWords(next);
    }
  }
  if (total > LARGEST_ATOM_WORDS) throw atomTooLarge();
  return total;
}

function leafWords(atom: Exclude<Atom, Expression>): number {
  switch (atom.tag) {
    case INTEGER:
      return typeof atom.value === "bigint" ? 1 + magnitudeWords(atom.value) : 3;
    case FLOAT:
    case SPACE:
    case STATE:
      return 3;
    case VARIABLE:
      return 2;
    default:
      return 1;
  }
}

function magnitudeWords(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  return Math.ceil(magnitude.toString(16).length / 8);
}

interface OpenExpression {
  readonly source: Expression;
  readonly address: Address;
  readonly long: boolean;
  next: number;
}

/** A run being written: where to, and which variables it has met. */
class Writer {
  readonly vocabulary: Vocabulary;
  readonly words: Int32Array;
  at: Address;
  /** Whether every expression of the run has the long form (TO4). */
  readonly long: boolean;
  variables: VariableNumbers | null = null;

  constructor(vocabulary: Vocabulary, words: Int32Array, at: Address, long: boolean) {
    this.vocabulary = vocabulary;
    this.words = words;
    this.at = at;
    this.long = long;
  }

  put(token: number): void {
    this.words[this.at++] = token;
  }
}

/**
 * Writes the run of `atom`, with bound variables followed, to `words` from `address` on; there must
 * be room for its {@link measure}, which is `measuredWords`. Returns how many words were written.
 * Throws `ERR_NOT_SHAREABLE` for a host value, HeapExhaustedError when a new symbol finds no room.
 */
export function encodeInto(
  vocabulary: Vocabulary,
  atom: Atom,
  words: Int32Array,
  address: Address,
  measuredWords: number,
): number {
  const top = dereference(atom);
  const writer = new Writer(vocabulary, words, address, measuredWords >= SHORT_LENGTH_LIMIT);
  if (top.tag !== EXPRESSION) writeLeaf(writer, top);
  else writeExpression(writer, top);
  return writer.at - address;
}

/** Words of a run up to which an atom is small. */
const SMALL_WORDS = 250;
const NOT_SMALL = -1;

/**
 * As {@link encodeInto} from address 0 on for a small atom of symbols, numbers, strings and booleans, which needs neither
 * to be measured nor a stack; there must be room for 256 words. Gives −1 for any other, and then what was written
 * means nothing.
 */
export function encodeSmall(vocabulary: Vocabulary, atom: Atom, words: Int32Array): number {
  return writeSmall(vocabulary, dereference(atom), words, 0);
}

/** Behind the run, or NOT_SMALL. Nests no deeper than a run is long. */
function writeSmall(vocabulary: Vocabulary, atom: Atom, words: Int32Array, at: Address): Address {
  if (at >= SMALL_WORDS) return NOT_SMALL;
  switch (atom.tag) {
    case SYMBOL:
      words[at] = tokenOf(T_SYMBOL, vocabulary.symbols.idOf(atom));
      return at + 1;
    case INTEGER: {
      const { value } = atom;
      if (typeof value === "bigint") return NOT_SMALL;
      if (value < INLINE_INTEGER_MINIMUM || value > INLINE_INTEGER_MAXIMUM) return NOT_SMALL;
      words[at] = tokenOf(T_INTEGER, value);
      return at + 1;
    }
    case STRING:
      words[at] = tokenOf(T_STRING, vocabulary.symbols.idOfText(atom.value));
      return at + 1;
    case BOOLEAN:
      words[at] = tokenOf(T_BOOLEAN, atom.value ? 1 : 0);
      return at + 1;
    case EXPRESSION: {
      const { children } = atom;
      if (children.length >= SMALL_WORDS) return NOT_SMALL;
      let end = at + SHORT_HEAD_WORDS;
      for (let index = 0; index < children.length; index++) {
        end = writeSmall(vocabulary, dereference(children[index]!), words, end);
        if (end === NOT_SMALL) return NOT_SMALL;
      }
      words[at] = shortExpression(children.length, end - at);
      return end;
    }
    default:
      return NOT_SMALL;
  }
}

function writeExpression(writer: Writer, top: Expression): void {
  const open: OpenExpression[] = [start(writer, top)];
  for (let current = open.at(-1); current !== undefined; current = open.at(-1)) {
    const { children } = current.source;
    if (current.next === children.length) {
      finish(writer, current);
      open.pop();
      continue;
    }
    const child = dereference(children[current.next++]!);
    if (child.tag === EXPRESSION) open.push(start(writer, child));
    else writeLeaf(writer, child);
  }
}

function start(writer: Writer, source: Expression): OpenExpression {
  const address = writer.at;
  const long = writer.long || source.children.length >= SHORT_ARITY_LIMIT;
  writer.at += long ? LONG_HEAD_WORDS : SHORT_HEAD_WORDS;
  return { source, address, long, next: 0 };
}

/** The head is written last, when the length is known. */
function finish(writer: Writer, { source, address, long }: OpenExpression): void {
  const { words } = writer;
  const arity = source.children.length;
  const length = writer.at - address;
  if (!long) {
    words[address] = shortExpression(arity, length);
    return;
  }
  words[address] = T_LONG_EXPRESSION;
  words[address + 1] = arity;
  words[address + 2] = length;
}

function writeLeaf(writer: Writer, atom: Exclude<Atom, Expression>): void {
  const { symbols } = writer.vocabulary;
  switch (atom.tag) {
    case SYMBOL:
      writer.put(tokenOf(T_SYMBOL, symbols.idOf(atom)));
      return;
    case VARIABLE:
      writeVariable(writer, atom);
      return;
    case INTEGER:
      writeInteger(writer, atom.value);
      return;
    case FLOAT:
      writer.put(T_FLOAT);
      writeDouble(writer, atom.value);
      return;
    case STRING:
      writer.put(tokenOf(T_STRING, symbols.idOfText(atom.value)));
      return;
    case BOOLEAN:
      writer.put(tokenOf(T_BOOLEAN, atom.value ? 1 : 0));
      return;
    case SPACE:
    case STATE:
      writer.put(atom.tag === SPACE ? T_SPACE : T_STATE);
      writer.put(atom.writer);
      writer.put(atom.sequence);
      return;
    case OPERATION:
      writer.put(tokenOf(T_OPERATION, symbols.idOfText(atom.name)));
      return;
    case HOST:
      throw new OxbowError(
        "ERR_NOT_SHAREABLE",
        `cannot share ${atom.typeName}: a host value belongs to one thread; nothing was written`,
        { type: atom.typeName },
      );
  }
}

function writeVariable(writer: Writer, atom: Variable): void {
  writer.variables ??= new VariableNumbers();
  const number = writer.variables.find(atom);
  if (number >= 0) {
    writer.put(tokenOf(T_AGAIN, number));
    return;
  }
  writer.variables.add(atom);
  writer.put(tokenOf(T_VARIABLE, writer.vocabulary.symbols.idOfText(atom.name)));
  writer.put(atom.id | 0);
}

/** In its one form (TO3). */
function writeInteger(writer: Writer, value: number | bigint): void {
  if (typeof value === "bigint") {
    writeMagnitude(writer, value);
  } else if (value >= INLINE_INTEGER_MINIMUM && value <= INLINE_INTEGER_MAXIMUM) {
    writer.put(tokenOf(T_INTEGER, value));
  } else {
    writer.put(T_SAFE);
    writeDouble(writer, value);
  }
}

function writeMagnitude(writer: Writer, value: bigint): void {
  const count = magnitudeWords(value);
  writer.put(tokenOf(T_BIG, (count << 1) | (value < 0n ? 1 : 0)));
  const digits = (value < 0n ? -value : value).toString(16).padStart(count * 8, "0");
  for (let end = digits.length; end > 0; end -= 8) {
    writer.put(Number.parseInt(digits.slice(end - 8, end), 16) | 0);
  }
}

const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

function writeDouble(writer: Writer, value: number): void {
  double[0] = value;
  writer.put(halves[0]!);
  writer.put(halves[1]!);
}

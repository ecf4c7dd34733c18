/**
 * Runs in blocks: atoms as in a heap (`src/term/tokens.ts`), with the block's numbers for symbols and names.
 *
 *     in the heap    | E 3 | edge 1207 | a 55 | S | writer | sequence |
 *     in a block     | E 3 | edge    0 | a  1 | S | form   | argument |        same length
 *
 * Invariants
 *   RUN1  Reading makes atoms by their constructors and believes no word: whatever a block holds, what comes of it is an
 *        atom that a program could have made, or `ERR_CLUSTER_DATA`.
 */
import {
  type Atom,
  boolean,
  expression,
  FloatAtom,
  integer,
  OperationAtom,
  SpaceAtom,
  StateAtom,
  string,
  symbol,
  Variable,
} from "../term/atom.js";
import { readDouble, readMagnitude } from "../term/decode.js";
import {
  idOf,
  payloadOf,
  T_AGAIN,
  T_BIG,
  T_BOOLEAN,
  T_EXPRESSION,
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
  tagOf,
  tokenEnd,
  tokenOf,
} from "../term/tokens.js";
import type { Vocabulary } from "../term/vocabulary.js";
import type { Name, NameTable } from "./names.js";
import type { BlockReader, BlockWriter } from "./words.js";

const SHORT_ARITY_MASK = 255;
const LENGTH_SHIFT = 12;

/** Writes runs of one heap into a block. */
export class RunWriter {
  readonly #block: BlockWriter;
  readonly #vocabulary: Vocabulary;
  readonly #names: NameTable;
  /** By id of a symbol: its number in the block's table. */
  readonly #numbers = new Map<number, number>();

  constructor(block: BlockWriter, vocabulary: Vocabulary, names: NameTable) {
    this.#block = block;
    this.#vocabulary = vocabulary;
    this.#names = names;
  }

  /** The run of `words` from an address to its end. Throws ERR_NOT_SHAREABLE. */
  put(words: Int32Array, address: number, end: number): void {
    const block = this.#block;
    for (let at = address; at < end; ) {
      const token = words[at]!;
      const next = tokenEnd(token, at);
      const tag = tagOf(token);
      if (tag === T_SYMBOL || tag === T_STRING || tag === T_OPERATION) {
        block.put(tokenOf(tag, this.numberOf(idOf(token))));
      } else if (tag === T_VARIABLE) {
        block.put(tokenOf(tag, this.numberOf(idOf(token))));
        block.put(words[at + 1]!);
      } else if (tag === T_SPACE || tag === T_STATE) {
        const [writer, sequence] = [words[at + 1]!, words[at + 2]!];
        block.put(tag);
        const isSpace = tag === T_SPACE;
        const name = isSpace ? new SpaceAtom(writer, sequence) : new StateAtom(writer, sequence);
        this.#names.write(block, name);
      } else {
        block.putRun(words, at, next);
      }
      at = next;
    }
  }

  /** The number of a symbol in the block's table. */
  numberOf(id: number): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    const number = this.#block.numberOf(this.#vocabulary.symbols.textOf(id));
    this.#numbers.set(id, number);
    return number;
  }
}

/** An expression whose children are being read. */
interface Open {
  readonly children: Atom[];
  readonly arity: number;
  readonly end: number;
}

/** Reads runs of a block as atoms. */
export class RunReader {
  readonly #block: BlockReader;
  readonly #vocabulary: Vocabulary;
  readonly #names: NameTable;
  readonly #makeGone: ((isSpace: boolean) => Name) | null;

  /** @param makeGone makes a name that nothing has, as those of a branch that failed. */
  constructor(
    block: BlockReader,
    vocabulary: Vocabulary,
    names: NameTable,
    makeGone: ((isSpace: boolean) => Name) | null = null,
  ) {
    this.#block = block;
    this.#vocabulary = vocabulary;
    this.#names = names;
    this.#makeGone = makeGone;
  }

  /** The atom of the next run (RUN1). Throws `ERR_CLUSTER_DATA`. */
  take(): Atom {
    const block = this.#block;
    const open: Open[] = [];
    const variables: Variable[] = [];
    for (;;) {
      const at = block.at;
      const token = block.take();
      const tag = tagOf(token);
      let atom: Atom | null = null;
      if (tag === T_EXPRESSION || tag === T_LONG_EXPRESSION) open.push(this.#begin(at, token));
      else atom = this.#leaf(token, variables);
      for (let top = open.at(-1); ; top = open.at(-1)) {
        if (top === undefined) return atom!;
        if (atom !== null) top.children.push(atom);
        if (top.children.length < top.arity) break;
        if (block.at !== top.end) throw block.bad("an expression has another length than it says");
        open.pop();
        atom = expression(top.children);
      }
    }
  }

  #begin(at: number, token: number): Open {
    const block = this.#block;
    const isShort = tagOf(token) === T_EXPRESSION;
    const arity = isShort ? (token >>> 4) & SHORT_ARITY_MASK : block.take();
    const length = isShort ? token >>> LENGTH_SHIFT : block.take();
    const end = at + length;
    // A child takes a word at least (WD1).
    if (arity < 0 || length < 1 || end > block.words.length || arity > end - block.at) {
      throw block.bad("an expression does not fit into it");
    }
    return { children: [], arity, end };
  }

  #leaf(token: number, variables: Variable[]): Atom {
    const block = this.#block;
    const tag = tagOf(token);
    switch (tag) {
      case T_SYMBOL:
        return symbol(block.textAt(idOf(token)));
      case T_STRING:
        return string(block.textAt(idOf(token)));
      case T_INTEGER:
        return integer(payloadOf(token));
      case T_BOOLEAN:
        return boolean(payloadOf(token) !== 0);
      case T_OPERATION:
        return this.#operation(block.textAt(idOf(token)));
      case T_VARIABLE: {
        const made = new Variable(block.textAt(idOf(token)), block.take() >>> 0);
        variables.push(made);
        return made;
      }
      case T_AGAIN: {
        const known = variables[payloadOf(token)];
        if (known === undefined) throw block.bad("a variable comes before its first occurrence");
        return known;
      }
      case T_SPACE:
      case T_STATE:
        return this.#names.read(block, tag === T_SPACE, this.#makeGone);
      default:
        return this.#number(token);
    }
  }

  #operation(name: string): Atom {
    return this.#vocabulary.operations.get(name) ?? new OperationAtom(name, {});
  }

  /** A number that has words of its own. */
  #number(token: number): Atom {
    const block = this.#block;
    const first = block.at;
    const end = tokenEnd(token, first - 1);
    if (end > block.words.length) throw block.bad("a number ends too late");
    block.at = end;
    switch (tagOf(token)) {
      case T_FLOAT:
        return new FloatAtom(readDouble(block.words, first));
      case T_SAFE: {
        const value = readDouble(block.words, first);
        if (Number.isSafeInteger(value)) return integer(value);
        throw block.bad(`${value} is no safe integer`);
      }
      case T_BIG:
        if (end > first) return integer(readMagnitude(block.words, first - 1));
    }
    throw block.bad(`an atom begins with ${token}`);
  }
}

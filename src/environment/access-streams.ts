/** Access streams: the rows of a relation that an access selects, one access after the other by the same objects. */
import type { Address } from "../base/address.js";
import { type Access, SCAN } from "./access.js";
import { mayHoldVariableRows } from "./argument-index.js";
import { IndexStream, ListedStream, type RowStream, ScanStream } from "./row-stream.js";

export class AccessStreams {
  readonly #words: Int32Array;
  readonly #scan: ScanStream;
  readonly #index: IndexStream;
  /** Made when it is needed. */
  #listed: ListedStream | null = null;

  constructor(words: Int32Array) {
    this.#words = words;
    this.#scan = new ScanStream(words);
    this.#index = new IndexStream(words);
  }

  /** Whether it is the stream of an access that looks at every row. */
  isScan(stream: RowStream): boolean {
    return stream === this.#scan;
  }

  /** A stream before the first of the rows, in insertion order; the one before is of no use from then on. */
  begin(relation: Address, access: Access): RowStream {
    const { number, index, key, also, rows } = access;
    if (number === SCAN) {
      this.#scan.begin(relation);
      return this.#scan;
    }
    if (rows !== undefined) {
      this.#listed ??= new ListedStream(this.#words);
      this.#listed.begin(relation, rows);
      return this.#listed;
    }
    const stream = this.#index;
    stream.begin(relation, index, key, mayHoldVariableRows(this.#words, relation, number));
    if (also !== undefined) stream.restrict(also.index, also.key);
    return stream;
  }
}

/** A stream of the rows that the access selects, in insertion order. */
export function streamOf(words: Int32Array, relation: Address, access: Access): RowStream {
  return new AccessStreams(words).begin(relation, access);
}

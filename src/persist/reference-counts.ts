/**
 * Reference counts beside the heap: one byte for each place where a block may start, and a table for the few that
 * have more references than a byte holds.
 */
import { assert } from "../base/assert.js";

/** In the byte: the count stands in the table. */
const MANY = 255;

export class ReferenceCounts {
  #bytes = new Uint8Array(0);
  readonly #many = new Map<number, number>();

  /** Room for the indexes below `length`. */
  grow(length: number): void {
    if (length <= this.#bytes.length) return;
    const bytes = new Uint8Array(length + (length >>> 1));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }

  has(index: number): boolean {
    return this.#bytes[index]! > 0;
  }

  /** One more; the new count. */
  raise(index: number): number {
    const count = this.#bytes[index]!;
    if (count < MANY - 1) {
      this.#bytes[index] = count + 1;
      return count + 1;
    }
    const many = count === MANY ? this.#many.get(index)! + 1 : MANY;
    this.#bytes[index] = MANY;
    this.#many.set(index, many);
    return many;
  }

  /** One less; the new count. */
  lower(index: number): number {
    const count = this.#bytes[index]!;
    assert(count > 0, "SG1: what is left was entered");
    if (count < MANY) {
      this.#bytes[index] = count - 1;
      return count - 1;
    }
    const many = this.#many.get(index)! - 1;
    if (many >= MANY) {
      this.#many.set(index, many);
      return many;
    }
    this.#many.delete(index);
    this.#bytes[index] = many;
    return many;
  }
}

/** Trees looked at node by node: which are the same, word by word, though each has nodes of its own. */
import { type Address, NO_ADDRESS } from "../base/address.js";
import {
  isExclusive,
  readCapacityWords,
  readChildCount,
  readFirstChild,
} from "../memory/segment.js";
import { readCount, readHigh, readLevel, readLow, readValue } from "./tree-node.js";

/** Nodes of a step. */
const NODES_AT_ONCE = 64;

/** A number that trees of flavour SET or PLAIN have which are the same, and hardly any other; and how large the tree is. */
export class TreeDigest {
  hash = 0;
  sizeWords = 0;
  readonly #words: Int32Array;
  readonly #waiting: Address[];

  constructor(words: Int32Array, tree: Address) {
    this.#words = words;
    this.#waiting = [tree];
  }

  /** Looks at some nodes; false if all is done. The tree must not be written in between. */
  step(): boolean {
    const words = this.#words;
    for (let left = NODES_AT_ONCE; left > 0; left--) {
      const node = this.#waiting.pop();
      if (node === undefined) return false;
      this.sizeWords += readCapacityWords(words, node);
      const count = readCount(words, node);
      const isLeaf = readLevel(words, node) === 0;
      this.#mix(count);
      for (let index = 0; index < count; index++) {
        this.#mix(readHigh(words, node, index));
        this.#mix(readLow(words, node, index));
        if (isLeaf) this.#mix(readValue(words, node, index));
        else this.#waiting.push(readValue(words, node, index));
      }
    }
    return true;
  }

  #mix(word: number): void {
    const mixed = Math.imul(this.hash ^ word, 0x9e3779b1);
    this.hash = mixed ^ (mixed >>> 15);
  }
}

/**
 * Whether two trees of flavour SET or PLAIN are the same, node by node; false, too, if `isSame` says after a step that one of them
 * may have been written. A step for each inner node.
 */
export function* equalTrees(
  words: Int32Array,
  one: Address,
  other: Address,
  isSame: () => boolean,
): Generator<void, boolean> {
  if (one === other) return true;
  const count = readCount(words, one);
  const level = readLevel(words, one);
  if (count !== readCount(words, other) || level !== readLevel(words, other)) return false;
  for (let index = 0; index < count; index++) {
    if (readHigh(words, one, index) !== readHigh(words, other, index)) return false;
    if (readLow(words, one, index) !== readLow(words, other, index)) return false;
    const value = readValue(words, one, index);
    const otherValue = readValue(words, other, index);
    if (level === 0 ? value !== otherValue : !(yield* equalTrees(words, value, otherValue, isSame)))
      return false;
  }
  if (level > 0) yield;
  return level === 0 || isSame();
}

/** The values of a tree of SEGMENTS, or of none, that the holder of its root alone holds, on ways that it alone holds. */
export function* ownedValues(words: Int32Array, tree: Address): Generator<Address> {
  if (tree === NO_ADDRESS || !isExclusive(words, tree)) return;
  const isLeaf = readLevel(words, tree) === 0;
  const first = tree + readFirstChild(words, tree);
  const end = first + readChildCount(words, tree);
  for (let place = first; place < end; place++) {
    if (!isLeaf) yield* ownedValues(words, words[place]!);
    else if (isExclusive(words, words[place]!)) yield words[place]!;
  }
}

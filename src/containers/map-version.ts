/** One version of a map, with methods: to be read, or to be written while it is being made. */
import type { Address } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import type { Heap } from "../memory/heap.js";
import { toText } from "./json-text.js";
import {
  clearEntries,
  deleteText,
  eachEntry,
  findText,
  hasText,
  readSize,
  storeText,
} from "./map-entries.js";
import { EntryReader, keyOfText, keyText, type MapWriter, type SharedKey } from "./map-reader.js";

/** Reading a version that nobody writes as long as it is read here. */
export class MapVersion<K extends SharedKey, V> extends EntryReader<K, V> {
  protected readonly heap: Heap;
  protected readonly version: Address;

  constructor(heap: Heap, version: Address) {
    super();
    this.heap = heap;
    this.version = version;
  }

  get size(): number {
    return readSize(this.heap.words, this.version);
  }

  get(key: K): V | undefined {
    const text = findText(this.heap.words, this.version, keyText(key));
    return text === undefined ? undefined : (JSON.parse(text) as V);
  }

  has(key: K): boolean {
    return hasText(this.heap.words, this.version, keyText(key));
  }

  *entries(): IterableIterator<[K, V]> {
    for (const [key, value] of eachEntry(this.heap.words, this.version)) {
      yield [keyOfText(key) as K, JSON.parse(value) as V];
    }
  }
}

/** The next version of a map, until {@link NextVersion.end}. */
export class NextVersion<K extends SharedKey, V>
  extends MapVersion<K, V>
  implements MapWriter<K, V>
{
  #isLive = true;

  /** From now on it belongs to all who read it: every method throws ERR_RELEASED. */
  end(): void {
    this.#isLive = false;
  }

  override get size(): number {
    this.#mustBeLive();
    return super.size;
  }

  override get(key: K): V | undefined {
    this.#mustBeLive();
    return super.get(key);
  }

  override has(key: K): boolean {
    this.#mustBeLive();
    return super.has(key);
  }

  override *entries(): IterableIterator<[K, V]> {
    this.#mustBeLive();
    // All at once: the version may be written between two of them.
    const entries = Array.from(eachEntry(this.heap.words, this.version));
    for (const [key, value] of entries) {
      yield [keyOfText(key) as K, JSON.parse(value) as V];
    }
  }

  set(key: K, value: V): this {
    const name = keyText(key);
    const text = toText(value);
    this.#mustBeLive();
    storeText(this.heap, this.version, name, text);
    return this;
  }

  delete(key: K): boolean {
    this.#mustBeLive();
    return deleteText(this.heap, this.version, keyText(key));
  }

  clear(): void {
    this.#mustBeLive();
    clearEntries(this.heap, this.version);
  }

  #mustBeLive(): void {
    if (this.#isLive) return;
    throw new OxbowError(
      "ERR_RELEASED",
      "cannot use the next version of a map: its update is over",
    );
  }
}

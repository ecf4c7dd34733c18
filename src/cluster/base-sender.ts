/**
 * Base sender: what a caller has sent of its environments, and what it sends of the next one.
 *
 *     call 1   base A     250 blocks, record A
 *     call 2   base A     nothing
 *     call 3   base B     what changed from A to B, record B with parent A
 *
 * Invariants
 *   BS1  A base that is kept here is a clone of what was sent under its name, so what changed since is what is not shared with it.
 *   BS2  Before a call begins all blocks of its base, parents' included, are in the store, and have its whole time to live.
 */
import { hasSeen, readHeadSequence, readHeadWriter } from "../environment/causal-context.js";
import { type Changes, changesBetween } from "../environment/changes.js";
import { type Environment, handleOf } from "../environment/environment.js";
import type { Handle } from "../environment/handle.js";
import { writeBaseRecord } from "./base-record.js";
import { type Block, nameOfWords, toBlock } from "./block.js";
import type { BlockStore } from "./block-store.js";
import { changeBlock, cutBase } from "./cut.js";
import { Names } from "./names.js";

/** Links of a chain: a worker that has none of it carries out so many lists. */
const MOST_LINKS = 16;
/** Bases that are kept: each holds a clone. */
const MOST_KEPT = 8;
/** A change of more than this fraction of what was cut is cut anew. */
const CHANGED_FRACTION = 8;
/** Blocks that are looked for, and put, at once. */
const BATCH = 64;

/** A base that was sent. */
export interface SentBase {
  readonly name: string;
  /** The names that its blocks have made. */
  readonly names: Names;
  /** Itself and all that its parents and it are made of. */
  readonly blocks: readonly string[];
}

interface KeptBase extends SentBase {
  /** A clone of it (BS1). */
  readonly environment: Environment;
  /** What it was cut from; itself, if it was. */
  readonly whole: KeptBase | null;
  readonly links: number;
  /** Atoms of it when it was cut. */
  readonly atoms: number;
}

/** What has been sent, in blocks and bytes. */
interface SenderStats {
  readonly blocks: number;
  readonly bytes: number;
  /** Milliseconds spent in finding what changed, cutting and packing. */
  readonly cutMs: number;
}

export class BaseSender implements Disposable {
  readonly #store: BlockStore;
  /** Those used last at the end. */
  readonly #kept: KeptBase[] = [];
  readonly #stats = { blocks: 0, bytes: 0, cutMs: 0 };
  /** One at a time: what the first of two calls sends the second need not. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: BlockStore) {
    this.#store = store;
  }

  /** Has all of an environment in the store (BS2). Throws ERR_NOT_SHAREABLE, what the store throws. */
  async send(environment: Environment): Promise<SentBase> {
    const sent = this.#last.then(() => this.#send(environment));
    this.#last = sent.catch(() => undefined);
    return await sent;
  }

  stats(): SenderStats {
    return { ...this.#stats };
  }

  /** Counts what was put for a call beside its base. */
  note(bytes: number): void {
    this.#stats.bytes += bytes;
  }

  async #send(environment: Environment): Promise<SentBase> {
    const known = this.#find(environment);
    if (known !== undefined && (await this.#isThere(known))) return known;
    const made = (await this.#extend(environment)) ?? (await this.#cut(environment));
    this.#kept.push(made);
    for (const old of this.#kept.splice(0, this.#kept.length - MOST_KEPT)) {
      old.environment.dispose();
    }
    return made;
  }

  #find(environment: Environment): KeptBase | undefined {
    const { root } = handleOf(environment);
    return this.#kept.find((base) => handleOf(base.environment).root === root);
  }

  /** Whether the store has all of a base, and has it for its time to live (BS2); a base of which it has not is forgotten. */
  async #isThere(base: KeptBase): Promise<boolean> {
    const missing = await this.#store.keep(base.blocks);
    this.#kept.splice(this.#kept.indexOf(base), 1);
    if (missing.length === 0) this.#kept.push(base);
    else base.environment.dispose();
    return missing.length === 0;
  }

  /** As a difference from one that was sent; null if there is none that it comes from. */
  async #extend(environment: Environment): Promise<KeptBase | null> {
    const found = this.#findParent(handleOf(environment));
    if (found === null) return null;
    const { parent, changes } = found;
    if (!(await this.#isThere(parent))) return await this.#extend(environment);
    const names = parent.names.extended();
    const link = this.#timed(() => changeBlock(changes, handleOf(environment), names));
    const record = writeBaseRecord({ parent: parent.name, blocks: [nameOfWords(link)] });
    const made = await this.#putMissing([link, record]);
    return {
      name: made.at(-1)!,
      names,
      blocks: [...parent.blocks, ...made],
      environment: environment.clone(),
      whole: parent.whole ?? parent,
      links: parent.links + 1,
      atoms: parent.atoms,
    };
  }

  #findParent(environment: Handle): { parent: KeptBase; changes: Changes } | null {
    for (const base of this.#kept.toReversed()) {
      if (!descendsFrom(environment, handleOf(base.environment))) continue;
      const isLong = base.links >= MOST_LINKS;
      const parent =
        isLong && base.whole !== null && this.#kept.includes(base.whole) ? base.whole : base;
      if (parent.links >= MOST_LINKS) continue;
      const changes = this.#timed(() => changesBetween(handleOf(parent.environment), environment));
      if (changes !== null && sizeOf(changes) * CHANGED_FRACTION <= parent.atoms) {
        return { parent, changes };
      }
    }
    return null;
  }

  async #cut(environment: Environment): Promise<KeptBase> {
    const names = new Names();
    const blocks = await this.#putCut(environment, names);
    const record = writeBaseRecord({ parent: null, blocks });
    const [name] = await this.#putMissing([record]);
    return {
      name: name!,
      names,
      blocks: [...blocks, name!],
      environment: environment.clone(),
      whole: null,
      links: 0,
      atoms: environment.count,
    };
  }

  /** Cuts an environment and puts what is missing; the names of all blocks. */
  async #putCut(environment: Environment, names: Names): Promise<string[]> {
    using clone = environment.clone();
    const cut = cutBase(handleOf(clone), names);
    const all: string[] = [];
    for (;;) {
      const batch = this.#timed(() => take(cut, BATCH));
      if (batch.length === 0) return all;
      all.push(...(await this.#putMissing(batch)));
    }
  }

  /** Puts those blocks that the store has not; the names of all. */
  async #putMissing(blocks: readonly Int32Array[]): Promise<string[]> {
    const names = this.#timed(() => blocks.map(nameOfWords));
    const missing = new Set(await this.#store.keep(names));
    const packed = this.#timed(() =>
      blocks.flatMap((words, index) => (missing.has(names[index]!) ? [toBlock(words)] : [])),
    );
    if (packed.length > 0) await this.#put(packed);
    return names;
  }

  async #put(blocks: readonly Block[]): Promise<void> {
    await this.#store.put(blocks);
    this.#stats.blocks += blocks.length;
    for (const { bytes } of blocks) this.#stats.bytes += bytes.length;
  }

  #timed<Value>(work: () => Value): Value {
    const began = performance.now();
    try {
      return work();
    } finally {
      this.#stats.cutMs += performance.now() - began;
    }
  }

  [Symbol.dispose](): void {
    for (const base of this.#kept.splice(0)) base.environment.dispose();
  }
}

/** Whether one has seen all that the other holds. */
function descendsFrom(environment: Handle, base: Handle): boolean {
  const { words } = environment.store;
  const { root } = base;
  return hasSeen(
    words,
    environment.root,
    readHeadWriter(words, root),
    readHeadSequence(words, root),
  );
}

function sizeOf({ newSpaces, states, spaces }: Changes): number {
  return spaces.reduce(
    (sum, { added, removed }) => sum + added.length + removed.length,
    newSpaces.length + states.length,
  );
}

function take<Value>(values: Iterator<Value>, count: number): Value[] {
  const taken: Value[] = [];
  while (taken.length < count) {
    const next = values.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}

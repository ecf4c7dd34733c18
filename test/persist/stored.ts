/** An environment with a store beside it, on a disk of the test's choice, in one thread. */
import { Environment, environmentOn, handleOf } from "../../src/environment/environment.js";
import { handleOn } from "../../src/environment/lifecycle.js";
import { Heap, LARGEST_MAP, readCounters } from "../../src/memory/heap.js";
import type { Disk } from "../../src/persist/disk.js";
import { loadImage, type SnapshotChoice } from "../../src/persist/load-image.js";
import {
  type CommitReport,
  type Moment,
  type SaveReport,
  StoreFile,
} from "../../src/persist/store-file.js";
import { print } from "../../src/term/printer.js";
import { Vocabulary } from "../../src/term/vocabulary.js";
import { collectGarbage } from "./garbage.js";

const HEAP_BYTES = 2 ** 24;

export class Stored {
  readonly heap: Heap;
  readonly disk: Disk;
  readonly file: StoreFile;
  env: Environment;
  #held: Environment | null = null;

  /** The same with a file that knows nothing of the heap, as after the end of the thread that had the other. */
  withNewFile(): Stored {
    return new Stored(this.disk, this.heap, this.env, false);
  }

  private constructor(
    disk: Disk,
    heap: Heap,
    env: Environment,
    isLoaded: boolean,
    hasReaders: () => boolean = () => false,
  ) {
    this.disk = disk;
    this.heap = heap;
    this.env = env;
    Vocabulary.of(heap);
    const loaded = isLoaded ? this.#moment() : null;
    this.file = new StoreFile(disk, heap.words, hasReaders, loaded);
  }

  static create(
    disk: Disk,
    maxBytes: number = HEAP_BYTES,
    hasReaders: () => boolean = () => false,
  ): Stored {
    const heap = Heap.create({ maxBytes, mapChunks: LARGEST_MAP });
    return new Stored(disk, heap, Environment.create(heap), false, hasReaders);
  }

  static async open(disk: Disk): Promise<Stored> {
    const { heap, env } = await load(disk);
    return new Stored(disk, heap, env, true);
  }

  /** The environment as it is now, held until the next moment. */
  #moment(): Moment {
    const clone = this.env.clone();
    this.#held?.dispose();
    this.#held = clone;
    return {
      root: handleOf(clone).root,
      symbols: Vocabulary.of(this.heap).symbols.count,
      counters: readCounters(this.heap),
    };
  }

  save(name: string | null = null, keep = 2): SaveReport {
    const before = this.#held?.clone();
    try {
      return this.file.save({ ...this.#moment(), name, keep, timeMs: 0 });
    } finally {
      before?.dispose();
    }
  }

  commit(): CommitReport {
    const before = this.#held?.clone();
    try {
      return this.file.commit(this.#moment());
    } finally {
      before?.dispose();
    }
  }
}

const LOADS_BETWEEN_COLLECTIONS = 256;
let loads = 0;

/** A snapshot in a heap of its own. */
export async function load(
  disk: Disk,
  choice?: SnapshotChoice,
): Promise<{ heap: Heap; env: Environment }> {
  if (++loads % LOADS_BETWEEN_COLLECTIONS === 0) collectGarbage();
  const { heap, root } = await loadImage(disk, choice, {});
  return { heap, env: environmentOn(handleOn(heap, root)) };
}

/** The atoms of `&self` as text, in order. */
export function atomsOf(env: Environment): string[] {
  return [...env.atoms()].map((atom) => print(atom));
}

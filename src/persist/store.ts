/**
 * Store: an environment that outlives its process.
 *
 * ```ts
 * await using store = await Store.open("knowledge", { durability: "commit" });
 * await store.commit((env) => env.add(parseAtom("(edge a b)")));    // on disk now
 * await store.snapshot({ name: "monday" });
 * ```
 *
 * A snapshot is a root that is held while another thread writes what is new below it; writers go on. So it costs the
 * caller a reference, whatever the environment holds, and the disk what has changed.
 *
 * Invariants
 *   STO1  `#saved` is the root that the writing thread has as its image, held in this thread's ledger until the next
 *        was written or failed.
 *   STO2  What is asked of the writing thread takes its root when its turn comes, so a commit that waits is in the flush that
 *        comes next, whoever asked for that.
 */
import type { Address } from "../base/address.js";
import { asFunction, asOptions, asText, refuse } from "../base/arguments.js";
import { OxbowError } from "../base/errors.js";
import { showAs } from "../base/inspect.js";
import { Environment, environmentOn, heapOf } from "../environment/environment.js";
import { handleOn } from "../environment/lifecycle.js";
import { SharedEnvironment } from "../environment/shared.js";
import { release } from "../memory/allocator.js";
import { Heap, LARGEST_MAP, readCounters } from "../memory/heap.js";
import { drop, hold, type LedgerSlot, reserve } from "../memory/ledger.js";
import { Vocabulary } from "../term/vocabulary.js";
import { CODEC_NAMES } from "./codecs.js";
import type { ExportReport } from "./export-file.js";
import { DATA_FILE } from "./format.js";
import { loadImage, type SnapshotChoice } from "./load-image.js";
import { isAlive, thisProcess } from "./process-identity.js";
import { RealDisk } from "./real-disk.js";
import { differenceOf, type SnapshotDifference } from "./snapshot-difference.js";
import type { Moment } from "./store-file.js";
import { StoreLock } from "./store-lock.js";
import { checkedSettings, type StoreOptions, type StoreSettings } from "./store-options.js";
import {
  importStore,
  type OpenedSnapshot,
  readSnapshot,
  type VerifyReport,
  verifyStore,
} from "./stored-snapshot.js";
import { ThresholdMeter } from "./threshold-meter.js";
import { Writer } from "./writer.js";
import type { StoreFileInfo } from "./writer-thread.js";

/** What a snapshot has written. */
export interface SnapshotReport {
  readonly id: number;
  /** Segments of the heap that the one before did not have. */
  readonly segments: number;
  /** Bytes written. */
  readonly bytes: number;
  /** From when it was asked for to when it was on the disk. */
  readonly timeMs: number;
}

const LONGEST_NAME = 200;

/** How often thresholds are looked at. */
const WATCH_MS = 100;

/** An environment in a directory: what is written in it outlives the process. Close it. */
export class Store implements AsyncDisposable {
  readonly directory: string;
  readonly heap: Heap;
  /** What is kept. Any thread may update it; thresholds see to the rest. */
  readonly environment: SharedEnvironment;
  readonly #settings: StoreSettings;
  readonly #lock: StoreLock;
  readonly #writer: Writer;
  readonly #watch: NodeJS.Timeout | undefined;
  #saved: LedgerSlot;
  /** Whether the saved root is on the disk: not after a write that failed. */
  #isWritten: boolean;
  readonly #meter: ThresholdMeter;
  #flush: Promise<void> | null = null;
  #isSaving = false;
  #closed: Promise<void> | null = null;

  /**
   * Opens the store of a directory for writing; makes both if they are not there. Rejects with `ERR_STORE_LOCKED` while
   * a process has it open for writing, `ERR_STORE_DAMAGED` if what is there is not what was written, `ERR_STORE_VERSION`,
   * `ERR_INVALID_ARGUMENT`, HeapExhaustedError, and what the system says. Costs reading what is there.
   */
  static async open(directory: string, options: StoreOptions = {}): Promise<Store> {
    const settings = checkedSettings(options);
    const disk = new RealDisk(asText("open a store", directory));
    const lock = StoreLock.take(disk, thisProcess(), isAlive);
    try {
      const isThere = disk.list().includes(DATA_FILE);
      const heapOptions = options.heap ?? {};
      if (isThere) {
        const { heap, root } = loadImage(disk, undefined, heapOptions, settings.onProgress);
        const env = environmentOn(handleOn(heap, root));
        return await new Store(directory, settings, lock, env, true).#start();
      }
      const heap = Heap.create({ ...heapOptions, mapChunks: LARGEST_MAP });
      return await new Store(directory, settings, lock, Environment.create(heap), false).#start();
    } catch (error) {
      lock.free();
      throw error;
    }
  }

  /**
   * A snapshot of a store in a heap of its own, by number or name; the newest state that is on the disk unless given. Another
   * process may write the store meanwhile. Rejects as {@link Store.open}, and with `ERR_INVALID_ARGUMENT` if there is no such
   * snapshot. Dispose the environment.
   */
  static async read(directory: string, choice?: SnapshotChoice): Promise<OpenedSnapshot> {
    return readSnapshot(asText("read a store", directory), choice);
  }

  private constructor(
    directory: string,
    settings: StoreSettings,
    lock: StoreLock,
    env: Environment,
    isLoaded: boolean,
  ) {
    const heap = heapOf(env);
    this.directory = directory;
    this.heap = heap;
    this.#settings = settings;
    this.#lock = lock;
    this.environment = SharedEnvironment.create(heap, env);
    env.dispose();
    this.#saved = hold(heap, this.environment.takeRoot());
    this.#isWritten = isLoaded;
    this.#meter = new ThresholdMeter(heap, this.environment, settings);
    this.#writer = new Writer({
      buffer: heap.buffer,
      directory,
      loaded: isLoaded ? this.#momentOf(this.#rootAt(this.#saved)) : null,
    });
    if (settings.durability === "manual") return;
    const watchMs = Math.min(WATCH_MS, settings.intervalMs);
    this.#watch = setInterval(() => this.#look(), watchMs).unref();
  }

  /** Has the thread open the files, which it refuses if a snapshot that is kept is damaged. */
  async #start(): Promise<this> {
    try {
      await this.#writer.ask((calls) => calls.info());
      return this;
    } catch (error) {
      await this.#giveUp();
      throw error;
    }
  }

  /**
   * Writes a snapshot of the environment as it is when the thread that writes comes to it; with a name, it is kept until
   * another gets that name. The caller pays a reference, whatever the environment holds. Rejects with `ERR_STORE_WRITE` if
   * the disk fails; what was there before is still there then, and the next snapshot has what this one would have had.
   */
  async snapshot(options: { readonly name?: string } = {}): Promise<SnapshotReport> {
    this.#live();
    const { name = null } = asOptions("take a snapshot", options, { name: asName });
    return this.#save(name);
  }

  /**
   * Updates the environment as {@link SharedEnvironment.update} does, all or nothing, and fulfils its promise with what
   * `change` returns: with durability "commit" when the change is on the disk, otherwise at once. Commits that come while one
   * is written are written together. Rejects with what `change` throws, nothing having happened; with `ERR_STORE_WRITE` if
   * the disk fails, the change being in memory and not on the disk.
   */
  async commit<Result>(change: (env: Environment) => Result): Promise<Result> {
    this.#live();
    const result = this.environment.update(change);
    if (this.#settings.durability === "commit") await this.#flushed();
    return result;
  }

  /**
   * Fulfils its promise when everything that the environment holds now is on the disk, whoever has written it, whatever
   * the durability. Rejects with `ERR_STORE_WRITE`. Costs one write of what has changed since the last.
   */
  async flush(): Promise<void> {
    this.#live();
    await this.#flushed();
  }

  /** The snapshots that are kept, oldest first, and what the files take. */
  async info(): Promise<StoreFileInfo> {
    this.#live();
    return this.#writer.ask((calls) => calls.info());
  }

  /**
   * A snapshot that is kept, by number or name, in a heap of its own: to be looked at, or to be written on, which changes
   * nothing here. Rejects with `ERR_INVALID_ARGUMENT` if there is none. Dispose the environment.
   */
  async read(choice: SnapshotChoice): Promise<OpenedSnapshot> {
    this.#live();
    return readSnapshot(this.directory, choice);
  }

  /**
   * Takes a snapshot and writes it as one portable file, packed and under checksums, for {@link Store.import}; all of it or
   * nothing. `codec` is "none", "deflate", "brotli", or "zstd" where the runtime has it; the best of them unless given. Rejects
   * with `ERR_STORE_WRITE`.
   */
  async export(path: string, options: { readonly codec?: string } = {}): Promise<ExportReport> {
    this.#live();
    const act = "export a store";
    asText(act, path);
    const { codec } = asOptions(act, options, { codec: asCodec });
    return this.#writer.askInTurn(async () => {
      await this.#saveNow(null, performance.now());
      return this.#writer.call((calls) => calls.export(path, codec));
    });
  }

  /**
   * Makes a store of an exported file in a directory that has none. Rejects with `ERR_STORE_DAMAGED` if the file is not as it
   * was written, `ERR_STORE_VERSION`, `ERR_INVALID_ARGUMENT` if there is a store in the directory, `ERR_STORE_LOCKED`.
   */
  static async import(path: string, directory: string): Promise<void> {
    const act = "import a store";
    importStore(asText(act, path), asText(act, directory));
  }

  /** What snapshot `after` has in `&self` that `before` has not, and the reverse. Costs reading and printing both. */
  async diff(before: SnapshotChoice, after: SnapshotChoice): Promise<SnapshotDifference> {
    this.#live();
    const left = readSnapshot(this.directory, before);
    const right = readSnapshot(this.directory, after);
    try {
      return differenceOf(left.environment, right.environment);
    } finally {
      left.environment.dispose();
      right.environment.dispose();
    }
  }

  /**
   * Reads everything that a store keeps, and looks at every segment of it. Rejects with `ERR_STORE_DAMAGED` and the place of the
   * first damage. `onProgress` is told of the share that is done, from 0 to 1. Costs as opening each snapshot that is kept.
   */
  static async verify(
    directory: string,
    onProgress: (share: number) => void = () => {},
  ): Promise<VerifyReport> {
    return verifyStore(
      asText("verify a store", directory),
      asFunction("verify a store", onProgress),
    );
  }

  /** Writes the file anew without what no snapshot needs. Bytes before and after. Rejects with `ERR_STORE_WRITE`. */
  async compact(): Promise<{ readonly before: number; readonly after: number }> {
    this.#live();
    return this.#writer.ask((calls) => calls.compact());
  }

  /**
   * Takes a last snapshot if anything has changed (not with durability "manual"), ends the thread that writes and lets others
   * open the store. The environment is disposed, the heap stays. Rejects with `ERR_STORE_WRITE` if the disk fails; the store
   * is closed all the same. Closing twice does nothing.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    clearInterval(this.#watch);
    try {
      if (this.#settings.durability !== "manual" && this.#meter.hasChanged())
        await this.#save(null);
      await this.#writer.ask((calls) => calls.close());
    } finally {
      await this.#giveUp();
      this.#lock.free();
    }
  }

  /** Ends the thread and gives back what is held of the heap. */
  async #giveUp(): Promise<void> {
    const { heap } = this;
    clearInterval(this.#watch);
    await this.#writer.end();
    this.#meter.dispose();
    release(heap, drop(heap, this.#saved));
    this.environment.dispose();
  }

  #live(): void {
    if (this.#closed === null) return;
    throw new OxbowError("ERR_RELEASED", `cannot use the store ${this.directory}: it was closed`, {
      store: this.directory,
    });
  }

  #rootAt(slot: LedgerSlot): Address {
    return this.heap.words[slot]!;
  }

  #momentOf(root: Address): Moment {
    // After the root: every symbol in it has its id.
    const symbols = Vocabulary.of(this.heap).symbols.count;
    return { root, symbols, counters: readCounters(this.heap) };
  }

  /** Runs `write` with the present root, which takes the place of the saved one whatever comes of it (STO1). */
  async #withMoment<Value>(write: (moment: Moment) => Promise<Value>): Promise<Value> {
    const before = this.#saved;
    // What can fail comes first.
    reserve(this.heap);
    const root = this.environment.takeRoot();
    this.#saved = hold(this.heap, root);
    this.#isWritten = false;
    try {
      return await write(this.#momentOf(root));
    } finally {
      release(this.heap, drop(this.heap, before));
    }
  }

  #save(name: string | null): Promise<SnapshotReport> {
    const started = performance.now();
    return this.#writer.askInTurn(() => this.#saveNow(name, started));
  }

  async #saveNow(name: string | null, started: number): Promise<SnapshotReport> {
    const { keep } = this.#settings;
    const report = await this.#withMoment((moment) =>
      this.#writer.call((calls) => calls.save({ ...moment, name, keep, timeMs: Date.now() })),
    );
    this.#isWritten = true;
    this.#meter.restart(this.#rootAt(this.#saved));
    const { id, segments, bytes } = report;
    return { id, segments, bytes, timeMs: performance.now() - started };
  }

  /** When what is in the environment now is on the disk. Who comes while a flush waits for its turn shares it (STO2). */
  #flushed(): Promise<void> {
    this.#flush ??= this.#writer.askInTurn(async () => {
      this.#flush = null;
      await this.#logNow();
    });
    return this.#flush;
  }

  async #logNow(): Promise<void> {
    if (this.#isWritten && this.environment.isAt(this.#rootAt(this.#saved))) return;
    const { isLogged, logBytes } = await this.#withMoment((moment) =>
      this.#writer.call((calls) => calls.commit(moment)),
    );
    this.#meter.logBytes = logBytes;
    this.#isWritten = isLogged;
    if (!isLogged) await this.#saveNow(null, performance.now());
  }

  /** Takes a snapshot if a threshold is reached. */
  #look(): void {
    if (this.#isSaving || !this.#meter.isReached()) return;
    this.#isSaving = true;
    this.#save(null)
      .catch((error: unknown) => this.#settings.onError(error as OxbowError))
      .finally(() => {
        this.#isSaving = false;
      });
  }
}

function asName(act: string, value: unknown): string {
  const isName = typeof value === "string" && value !== "" && value.length <= LONGEST_NAME;
  return isName ? value : refuse(act, `a string of 1 to ${LONGEST_NAME} characters`, value);
}

function asCodec(act: string, value: unknown): string {
  if (typeof value === "string" && CODEC_NAMES.includes(value)) return value;
  return refuse(act, `one of ${CODEC_NAMES.join(", ")}`, value);
}

showAs(Store, (store) => `Store { ${store.directory} }`);

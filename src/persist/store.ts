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
 *   STO1  What is asked of the writing thread takes its root when its turn comes, so a commit that waits is in the flush that
 *        comes next, whoever asked for that.
 */
import { setImmediate as turn } from "node:timers/promises";
import { asOptions, asText, refuse } from "../base/arguments.js";
import { OxbowError } from "../base/errors.js";
import { showAs } from "../base/inspect.js";
import { asEnvironment, Environment, environmentOn, heapOf } from "../environment/environment.js";
import { handleOn } from "../environment/lifecycle.js";
import { SharedEnvironment } from "../environment/shared.js";
import type { SpaceDifference } from "../environment/version-difference.js";
import { Heap, LARGEST_MAP } from "../memory/heap.js";
import type { ExportReport } from "./export-file.js";
import { DATA_FILE } from "./format.js";
import { loadImage, type SnapshotChoice } from "./load-image.js";
import { isAlive, thisProcess } from "./process-identity.js";
import { RealDisk } from "./real-disk.js";
import { SavedRoot } from "./saved-root.js";
import { differenceOf } from "./snapshot-difference.js";
import type { StoreFileInfo } from "./store-info.js";
import { StoreLock } from "./store-lock.js";
import {
  checkedExport,
  checkedNewSettings,
  checkedProgress,
  checkedRead,
  checkedSettings,
  type StoreOptions,
  type StoreSettings,
} from "./store-options.js";
import {
  asChoice,
  assertNoStore,
  importStore,
  type OpenedSnapshot,
  readSnapshot,
  takenInto,
  type VerifyReport,
  verifyStore,
} from "./stored-snapshot.js";
import { whileReading } from "./survey.js";
import { ThresholdMeter } from "./threshold-meter.js";
import { Writer } from "./writer.js";

/** What a snapshot has written. */
export interface SnapshotReport {
  /** Its number; a later snapshot has a higher one. */
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

/**
 * An environment in a directory: what is written in it outlives the process. Close it. What is asked of a closed one throws
 * `ERR_RELEASED`.
 */
export class Store implements AsyncDisposable {
  /** Where its files are. */
  readonly directory: string;
  /** The heap of its environment. */
  readonly heap: Heap;
  /** What is kept. Any thread may update it; thresholds see to the rest. */
  readonly environment: SharedEnvironment;
  readonly #settings: StoreSettings;
  readonly #lock: StoreLock;
  readonly #writer: Writer;
  readonly #watch: NodeJS.Timeout | undefined;
  /** Ends the inspector's looking, if there is one. */
  readonly #endInspection: (() => void) | undefined;
  readonly #saved: SavedRoot;
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
      if (isThere) return await Store.#load(directory, settings, lock, disk);
      const { heap: given } = settings;
      const heap =
        given instanceof Heap ? given : Heap.create({ ...given, mapChunks: LARGEST_MAP });
      using env = Environment.create(heap);
      return await new Store(directory, settings, lock, env, false).#start();
    } catch (error) {
      lock.free();
      throw error;
    }
  }

  static async #load(
    directory: string,
    settings: StoreSettings,
    lock: StoreLock,
    disk: RealDisk,
  ): Promise<Store> {
    const { heap: given, onProgress } = settings;
    const isGiven = given instanceof Heap;
    const { heap, root } = await loadImage(disk, undefined, isGiven ? {} : given, onProgress);
    const loaded = environmentOn(handleOn(heap, root));
    using env = isGiven ? takenInto(given, loaded) : loaded;
    // In another heap nothing is where it was written from, so the next snapshot is a whole one.
    return await new Store(directory, settings, lock, env, !isGiven).#start();
  }

  /**
   * Makes a store of what an environment holds, in a directory that has none. The store's environment begins as a clone, in
   * the same heap; what is written to either later is not seen by the other. Fulfilled when its first snapshot is on the
   * disk. Rejects with `ERR_INVALID_ARGUMENT` if there is a store, `ERR_STORE_LOCKED`, `ERR_STORE_WRITE`.
   */
  static async create(
    directory: string,
    environment: Environment,
    options: Omit<StoreOptions, "heap" | "onProgress"> = {},
  ): Promise<Store> {
    const act = "create a store";
    const settings = checkedNewSettings(act, options);
    asEnvironment(act, environment);
    const disk = new RealDisk(asText(act, directory));
    const lock = StoreLock.take(disk, thisProcess(), isAlive);
    try {
      assertNoStore(act, disk);
      const store = new Store(directory, settings, lock, environment, false);
      return await store.#start(() => store.#save(null));
    } catch (error) {
      lock.free();
      throw error;
    }
  }

  /**
   * A snapshot of a store in a heap of its own, by number or name; the newest state that is on the disk unless given. Another
   * process may write the store meanwhile. Rejects as {@link Store.open}, and with `ERR_INVALID_ARGUMENT` if there is no such
   * snapshot. Into a `heap` that is given, every row is copied. Dispose the environment.
   */
  static async read(
    directory: string,
    choice?: SnapshotChoice,
    options: Pick<StoreOptions, "onProgress"> & { readonly heap?: Heap } = {},
  ): Promise<OpenedSnapshot> {
    const act = "read a store";
    asChoice(act, choice);
    return readSnapshot(asText(act, directory), choice, checkedRead(act, options));
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
    this.#saved = new SavedRoot(heap, this.environment, isLoaded);
    this.#meter = new ThresholdMeter(heap, this.environment, settings);
    this.#writer = new Writer({
      buffer: heap.buffer,
      directory,
      loaded: isLoaded ? this.#saved.moment() : null,
    });
    const { inspector } = settings;
    this.#endInspection = inspector?.watchShared(`store ${directory}`, heap, this.environment);
    if (settings.durability === "manual") return;
    const watchMs = Math.min(WATCH_MS, settings.intervalMs);
    this.#watch = setInterval(() => this.#look(), watchMs).unref();
  }

  /** Has the thread open the files for the first call, which it refuses if a snapshot that is kept is damaged. */
  async #start(call: () => Promise<unknown> = () => this.info()): Promise<this> {
    try {
      await call();
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
  async read(
    choice: SnapshotChoice,
    options: Pick<StoreOptions, "onProgress"> & { readonly heap?: Heap } = {},
  ): Promise<OpenedSnapshot> {
    this.#live();
    return Store.read(this.directory, choice, options);
  }

  /**
   * Takes a snapshot, unless the newest is what there is, and writes it as one portable file, packed and under checksums, for {@link Store.import}; all of it or
   * nothing. `codec` is "none", "deflate", "brotli", or "zstd" where the runtime has it; the best of them unless given. Rejects
   * with `ERR_STORE_WRITE`.
   */
  async export(
    path: string,
    options: Pick<StoreOptions, "onProgress"> & { readonly codec?: string } = {},
  ): Promise<ExportReport> {
    this.#live();
    const act = "export a store";
    asText(act, path);
    const { codec, onProgress = () => {} } = checkedExport(act, options);
    return this.#writer.askInTurn(async () => {
      const isSaved =
        this.#saved.isNewest() && (await this.#writer.call((calls) => calls.isSaved()));
      if (!isSaved) await this.#saveNow(null, performance.now());
      return this.#writer.call((calls, told) => calls.export(path, codec, told(onProgress)));
    });
  }

  /**
   * Makes a store of an exported file in a directory that has none. Rejects with `ERR_STORE_DAMAGED` if the file is not as it
   * was written, `ERR_STORE_VERSION`, `ERR_INVALID_ARGUMENT` if there is a store in the directory, `ERR_STORE_LOCKED`.
   */
  static async import(
    path: string,
    directory: string,
    options: Pick<StoreOptions, "onProgress"> = {},
  ): Promise<void> {
    const act = "import a store";
    importStore(asText(act, path), asText(act, directory), checkedProgress(act, options));
  }

  /**
   * What snapshot `after` holds that `before` does not, and the reverse, by space; what the store holds on the disk now where
   * none is given. Rejects with `ERR_INVALID_ARGUMENT` if there is none. Costs reading what differs, and the symbols.
   */
  async diff(before?: SnapshotChoice, after?: SnapshotChoice): Promise<SpaceDifference[]> {
    this.#live();
    return Store.diff(this.directory, before, after);
  }

  /** The same for a store that another process may have open. Rejects as {@link Store.read}. */
  static async diff(
    directory: string,
    before?: SnapshotChoice,
    after?: SnapshotChoice,
  ): Promise<SpaceDifference[]> {
    const act = "compare snapshots";
    for (const choice of [before, after]) asChoice(act, choice);
    return whileReading(asText(act, directory), (disk) => differenceOf(disk, before, after));
  }

  /**
   * Reads everything that a store keeps, and looks at every segment of it. Rejects with `ERR_STORE_DAMAGED` and the place of the
   * first damage. Costs as opening each snapshot that is kept, and twice the newest if anything was committed after it.
   */
  static async verify(
    directory: string,
    options: Pick<StoreOptions, "onProgress"> = {},
  ): Promise<VerifyReport> {
    const act = "verify a store";
    return verifyStore(asText(act, directory), checkedProgress(act, options));
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
    clearInterval(this.#watch);
    await this.#writer.end();
    this.#endInspection?.();
    this.#meter.dispose();
    this.#saved.dispose();
    this.environment.dispose();
  }

  #live(): void {
    if (this.#closed === null) return;
    throw new OxbowError("ERR_RELEASED", `cannot use the store ${this.directory}: it was closed`, {
      store: this.directory,
    });
  }

  #save(name: string | null): Promise<SnapshotReport> {
    const started = performance.now();
    return this.#writer.askInTurn(() => this.#saveNow(name, started));
  }

  async #saveNow(name: string | null, started: number): Promise<SnapshotReport> {
    const { keep } = this.#settings;
    const report = await this.#saved.replace(async (moment) => {
      // The root is taken; the message to the thread costs ten times that, and has time.
      await turn();
      return this.#writer.call((calls) =>
        calls.save({ ...moment, name, keep, timeMs: Date.now() }),
      );
    });
    this.#saved.isWritten = true;
    this.#meter.restart(this.#saved.root);
    const { id, segments, bytes } = report;
    return { id, segments, bytes, timeMs: performance.now() - started };
  }

  /** When what is in the environment now is on the disk. Who comes while a flush waits for its turn shares it (STO1). */
  #flushed(): Promise<void> {
    this.#flush ??= this.#writer.askInTurn(async () => {
      this.#flush = null;
      await this.#logNow();
    });
    return this.#flush;
  }

  async #logNow(): Promise<void> {
    if (this.#saved.isNewest()) return;
    const { isLogged, logBytes } = await this.#saved.replace((moment) =>
      this.#writer.call((calls) => calls.commit(moment)),
    );
    this.#meter.logBytes = logBytes;
    this.#saved.isWritten = isLogged;
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

showAs(Store, (store) => `Store { ${store.directory} }`);

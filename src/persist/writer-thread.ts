/**
 * The writing thread of a store, from inside: it looks at the heap's words, has the files, and answers calls. It is not
 * attached to the heap and changes no word of it, so it may end anywhere without leaving anything behind but files.
 */
import { createRequire } from "node:module";
import type { MessagePort } from "node:worker_threads";
import type { ProxyMarked, ProxyMethods, Remote } from "comlink";
import { OxbowError, type PackedError, packError } from "../base/errors.js";
import type { ExportReport } from "./export-file.js";
import { isAlive } from "./process-identity.js";
import { RealDisk } from "./real-disk.js";
import {
  type CommitReport,
  type Moment,
  type SaveReport,
  type SaveRequest,
  StoreFile,
} from "./store-file.js";
import type { StoreFileInfo } from "./store-info.js";
import { hasReaders } from "./store-lock.js";
import type { OnProgress } from "./store-options.js";
import { infoOf } from "./survey.js";

/** What the thread starts from. */
export interface WriterSetup {
  readonly buffer: SharedArrayBuffer;
  readonly directory: string;
  /** As StoreFile's. */
  readonly loaded: Moment | null;
}

/** An answer on its way to another thread; errors of the system lose what they are otherwise. */
export type Reply<Value> =
  | { readonly value: Value; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: PackedError };

/** Who is told how far a call is, on the thread that called. */
export type Told = OnProgress & ProxyMarked;

/** What may be asked of the thread. */
export interface WriterCalls {
  save(request: SaveRequest): Reply<SaveReport>;
  commit(moment: Moment): Reply<CommitReport>;
  compact(): Reply<{ readonly before: number; readonly after: number }>;
  export(path: string, codec: string | undefined, told: Told): Reply<ExportReport>;
  /** As StoreFile's. */
  isSaved(): Reply<boolean>;
  info(): Reply<StoreFileInfo>;
  close(): Reply<null>;
}

/** Answers calls from the port until the thread is ended. */
export function serveWriter(port: MessagePort, setup: WriterSetup): void {
  const load = createRequire(import.meta.url);
  const comlink = load("comlink") as typeof import("comlink");
  const endpointOf = load(
    "comlink/dist/umd/node-adapter.js",
  ) as typeof import("comlink/dist/umd/node-adapter.js").default;
  const release = (far: object): void => (far as ProxyMethods)[comlink.releaseProxy]();
  comlink.expose(new ServedFile(setup, release), endpointOf(port));
}

class ServedFile implements WriterCalls {
  readonly #setup: WriterSetup;
  /** Gives up what was made to call another thread. */
  readonly #release: (far: object) => void;
  #file: StoreFile | null = null;

  constructor(setup: WriterSetup, release: (far: object) => void) {
    this.#setup = setup;
    this.#release = release;
  }

  save(request: SaveRequest): Reply<SaveReport> {
    return this.#answer((file) => file.save(request));
  }

  commit(moment: Moment): Reply<CommitReport> {
    return this.#answer((file) => file.commit(moment));
  }

  compact(): Reply<{ readonly before: number; readonly after: number }> {
    return this.#answer((file) => file.compact());
  }

  export(path: string, codec: string | undefined, told: Told): Reply<ExportReport> {
    const far = told as unknown as Remote<Told>;
    const reply = this.#answer((file) =>
      file.export(path, codec, (done, total) => void far(done, total)),
    );
    this.#release(far);
    return reply;
  }

  isSaved(): Reply<boolean> {
    return this.#answer((file) => file.isSaved);
  }

  info(): Reply<StoreFileInfo> {
    return this.#answer((file) => infoOf(file, file.logBytes));
  }

  close(): Reply<null> {
    return this.#answer((file) => {
      file.close();
      return null;
    });
  }

  #answer<Value>(act: (file: StoreFile) => Value): Reply<Value> {
    try {
      this.#file ??= this.#open();
      return { value: act(this.#file) };
    } catch (error) {
      if (error instanceof OxbowError) return { error: packError(error) };
      const { directory } = this.#setup;
      const message = `cannot use the store ${directory}: ${(error as Error).message}`;
      return { error: packError(new OxbowError("ERR_STORE_WRITE", message, {}, { cause: error })) };
    }
  }

  #open(): StoreFile {
    const { buffer, directory, loaded } = this.#setup;
    const disk = new RealDisk(directory);
    const words = new Int32Array(buffer);
    return new StoreFile(disk, words, () => hasReaders(disk, isAlive), loaded);
  }
}

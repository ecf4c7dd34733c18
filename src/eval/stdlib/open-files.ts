/**
 * Open files: those that the programs of one evaluator have open, at most {@link MOST_FILES}. A file is closed when the
 * evaluation that opened it ends, however it ends, unless a word stands for it by then. Such a file stays open for
 * later evaluations, until one of them needs its place.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { OperationError } from "../host/operation.js";

/** Files that the programs of one evaluator may have open at a time. */
const MOST_FILES = 64;
const CHUNK_BYTES = 65_536;

/** A file and where in it the next read or write goes, in bytes. */
export class FileHandle {
  readonly #descriptor: number;
  readonly #appends: boolean;
  #isOpen = true;
  position = 0;

  constructor(descriptor: number, appends: boolean) {
    this.#descriptor = descriptor;
    this.#appends = appends;
  }

  /** Throws an OperationError for a file that was closed. */
  get #open(): number {
    if (this.#isOpen) return this.#descriptor;
    throw new OperationError("the file is closed: the evaluation that opened it has ended");
  }

  /** Up to `limit` bytes from the position on, as text. */
  read(limit: number): string {
    const parts: Buffer[] = [];
    for (let left = limit; left > 0; ) {
      const part = Buffer.alloc(Math.min(left, CHUNK_BYTES));
      const count = readSync(this.#open, part, 0, part.length, this.position);
      if (count === 0) break;
      this.position += count;
      left -= count;
      parts.push(part.subarray(0, count));
    }
    return Buffer.concat(parts).toString("utf8");
  }

  write(text: string): void {
    const bytes = Buffer.from(text, "utf8");
    let done = 0;
    while (done < bytes.length) {
      const at = this.#appends ? null : this.position;
      const count = writeSync(this.#open, bytes, done, bytes.length - done, at);
      done += count;
      this.position += count;
    }
    if (this.#appends) this.position = this.size();
  }

  size(): number {
    return fstatSync(this.#open).size;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#descriptor);
  }
}

interface OpenFile {
  /** Of the evaluation that opened it. */
  readonly signal: AbortSignal;
  /** Whether it is to stay open when that ends. */
  readonly isKept: (handle: FileHandle) => boolean;
}

export class OpenFiles {
  /** Oldest first. */
  readonly #files = new Map<FileHandle, OpenFile>();
  readonly #signals = new WeakSet<AbortSignal>();

  /**
   * Opens a file for the evaluation whose end `file.signal` tells. Throws an OperationError if too many are open,
   * and as `openSync`.
   */
  open(path: string, flags: number, appends: boolean, file: OpenFile): FileHandle {
    const { signal } = file;
    this.#makeRoom(signal);
    const handle = new FileHandle(openSync(path, flags), appends);
    this.#files.set(handle, file);
    if (!this.#signals.has(signal)) {
      this.#signals.add(signal);
      signal.addEventListener("abort", () => this.#closeOf(signal), { once: true });
    }
    return handle;
  }

  #closeOf(signal: AbortSignal): void {
    for (const [handle, file] of this.#files) {
      if (file.signal === signal && !file.isKept(handle)) this.#close(handle);
    }
  }

  #makeRoom(signal: AbortSignal): void {
    if (this.#files.size < MOST_FILES) return;
    for (const [handle, file] of this.#files) {
      if (file.signal === signal) continue;
      this.#close(handle);
      return;
    }
    throw new OperationError(`cannot open another file: ${MOST_FILES} are open, the limit`);
  }

  #close(handle: FileHandle): void {
    this.#files.delete(handle);
    handle.close();
  }
}

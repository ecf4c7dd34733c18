/**
 * Open files: those that the programs of one evaluator have open, at most {@link MOST_FILES}. A file is closed when the
 * evaluation that opened it ends, however it ends, unless a word stands for it by then. Such a file stays open for
 * later evaluations, until one of them needs its place.
 */
import { decodeUtf8, encodeUtf8 } from "../../base/utf8.js";
import { platform } from "../../platform/current.js";
import type { OpenFile, OpenMode } from "../../platform/platform.js";
import { OperationError } from "../host/operation.js";

/** Files that the programs of one evaluator may have open at a time. */
const MOST_FILES = 64;
const CHUNK_BYTES = 65_536;

/** A file and where in it the next read or write goes, in bytes. */
export class FileHandle {
  readonly #file: OpenFile;
  readonly #appends: boolean;
  #isOpen = true;
  position = 0;

  constructor(file: OpenFile, appends: boolean) {
    this.#file = file;
    this.#appends = appends;
  }

  /** Throws an OperationError for a file that was closed. */
  get #open(): OpenFile {
    if (this.#isOpen) return this.#file;
    throw new OperationError("the file is closed: the evaluation that opened it has ended");
  }

  /** Up to `limit` bytes from the position on, as text. */
  read(limit: number): string {
    const parts: Uint8Array[] = [];
    for (let left = limit; left > 0; ) {
      const part = new Uint8Array(Math.min(left, CHUNK_BYTES));
      const count = this.#open.read(part, this.position);
      if (count === 0) break;
      this.position += count;
      left -= count;
      parts.push(part.subarray(0, count));
    }
    return decodeUtf8(joined(parts));
  }

  write(text: string): void {
    const bytes = encodeUtf8(text);
    let done = 0;
    while (done < bytes.length) {
      const at = this.#appends ? null : this.position;
      const count = this.#open.write(bytes.subarray(done), at);
      done += count;
      this.position += count;
    }
    if (this.#appends) this.position = this.size();
  }

  size(): number {
    return this.#open.size();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#file.close();
  }
}

/** For whom a file is open. */
interface Opener {
  /** Of the evaluation that opened it. */
  readonly signal: AbortSignal;
  /** Whether it is to stay open when that ends. */
  readonly isKept: (handle: FileHandle) => boolean;
}

export class OpenFiles {
  /** Oldest first. */
  readonly #files = new Map<FileHandle, Opener>();
  readonly #signals = new WeakSet<AbortSignal>();

  /**
   * Opens a file for the evaluation whose end `opener.signal` tells. Throws an OperationError if too many are open,
   * and as the platform.
   */
  open(path: string, mode: OpenMode, opener: Opener): FileHandle {
    const { signal } = opener;
    this.#makeRoom(signal);
    const handle = new FileHandle(platform.files.open(path, mode), mode.appends);
    this.#files.set(handle, opener);
    if (!this.#signals.has(signal)) {
      this.#signals.add(signal);
      signal.addEventListener("abort", () => this.#closeOf(signal), { once: true });
    }
    return handle;
  }

  #closeOf(signal: AbortSignal): void {
    for (const [handle, opener] of this.#files) {
      if (opener.signal === signal && !opener.isKept(handle)) this.#close(handle);
    }
  }

  #makeRoom(signal: AbortSignal): void {
    if (this.#files.size < MOST_FILES) return;
    for (const [handle, opener] of this.#files) {
      if (opener.signal === signal) continue;
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

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

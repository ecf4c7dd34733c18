/** The disk of the system: a directory, and files in it, by calls that wait. */
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  read,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { OxbowError } from "../base/errors.js";
import type { Disk, DiskFile, ReadPart } from "./disk.js";

/** Reads that are under way at once: as many threads as the system's pool has. */
const READERS = 4;

const readLater = promisify(read);

class RealFile implements DiskFile {
  readonly #file: number;

  constructor(file: number) {
    this.#file = file;
  }

  size(): number {
    return fstatSync(this.#file).size;
  }

  read(position: number, target: Uint8Array): number {
    let done = 0;
    while (done < target.length) {
      const read = readSync(this.#file, target, done, target.length - done, position + done);
      if (read === 0) break;
      done += read;
    }
    return done;
  }

  async readParts<Part extends ReadPart>(
    parts: readonly Part[],
    onRead: (part: Part, bytes: number) => void,
  ): Promise<void> {
    const waiting = [...parts].reverse();
    const reader = async (): Promise<void> => {
      for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
        onRead(part, await this.#readPart(part));
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: READERS }, reader));
    const failed = ends.find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  async #readPart({ position, target }: ReadPart): Promise<number> {
    let done = 0;
    while (done < target.length) {
      const { bytesRead } = await readLater(
        this.#file,
        target,
        done,
        target.length - done,
        position + done,
      );
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  writeAt(position: number, source: Uint8Array): void {
    let done = 0;
    while (done < source.length) {
      done += writeSync(this.#file, source, done, source.length - done, position + done);
    }
  }

  flush(): void {
    fdatasyncSync(this.#file);
  }

  truncate(bytes: number): void {
    ftruncateSync(this.#file, bytes);
  }

  close(): void {
    closeSync(this.#file);
  }
}

export class RealDisk implements Disk {
  readonly name: string;
  #temporary = 0;

  /** The directory is made if it is not there. Throws ERR_FILE if a file has its name, and what the system says. */
  constructor(directory: string) {
    this.name = directory;
    try {
      mkdirSync(directory, { recursive: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      throw new OxbowError(
        "ERR_FILE",
        `cannot open a store: ${directory} is a file, and a store is a directory`,
        { store: directory },
      );
    }
  }

  list(): string[] {
    return readdirSync(this.name);
  }

  open(name: string): DiskFile {
    return new RealFile(openSync(this.#path(name), "r+"));
  }

  create(name: string): DiskFile {
    return new RealFile(openSync(this.#path(name), "w+"));
  }

  createExclusive(name: string, content: Uint8Array): boolean {
    // A link appears with its content, as a file that is written does not.
    const draft = `${name}-${process.pid}-${this.#temporary++}.new`;
    writeFileSync(this.#path(draft), content);
    try {
      linkSync(this.#path(draft), this.#path(name));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    } finally {
      this.remove(draft);
    }
  }

  rename(from: string, to: string): void {
    renameSync(this.#path(from), this.#path(to));
  }

  remove(name: string): void {
    rmSync(this.#path(name), { force: true });
  }

  flushDirectory(): void {
    const directory = openSync(this.name, "r");
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }

  #path(name: string): string {
    return join(this.name, name);
  }
}

/**
 * A disk in memory that remembers every call, and makes of any moment what a loss of power may leave: of what was not
 * flushed nothing, everything, or any part, down to sectors of one write; of the directory any first part of what
 * happened in it since it was flushed.
 */
import type { Disk, DiskFile } from "../../src/persist/disk.js";

export type Operation =
  | { kind: "write"; file: number; position: number; bytes: Uint8Array }
  | { kind: "truncate"; file: number; bytes: number }
  | { kind: "flush"; file: number }
  | { kind: "create"; name: string; file: number }
  | { kind: "rename"; from: string; to: string }
  | { kind: "remove"; name: string }
  | { kind: "flushDirectory" }
  | { kind: "mark"; label: number };

/** Grows as it is written. */
class Content {
  bytes: Uint8Array = new Uint8Array(0);
  size = 0;

  writeAt(position: number, source: Uint8Array): void {
    const end = position + source.length;
    if (end > this.bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.bytes.length * 2));
      grown.set(this.bytes.subarray(0, this.size));
      this.bytes = grown;
    }
    this.bytes.set(source, position);
    this.size = Math.max(this.size, end);
  }

  truncate(bytes: number): void {
    if (bytes < this.size) this.bytes.fill(0, bytes, this.size);
    this.size = bytes;
    if (bytes > this.bytes.length) this.writeAt(bytes, new Uint8Array(0));
  }

  copy(): Content {
    const copy = new Content();
    copy.bytes = this.bytes.slice(0, this.size);
    copy.size = this.size;
    return copy;
  }
}

/** What a test does instead of a call, or before it: throws to make it fail. */
type Hook = (operation: string, name: string) => void;

export class RecordingDisk implements Disk {
  readonly name = "memory";
  readonly operations: Operation[] = [];
  before: Hook = () => {};
  isRecording = true;
  #names = new Map<string, number>();
  #contents: Content[] = [];

  static of(files: ReadonlyMap<string, Uint8Array>): RecordingDisk {
    const disk = new RecordingDisk();
    disk.isRecording = false;
    for (const [name, bytes] of files) disk.create(name).writeAt(0, bytes);
    return disk;
  }

  /** What is in the files now, as if all had been flushed. */
  files(): Map<string, Uint8Array> {
    return new Map(
      [...this.#names].map(([name, file]) => {
        const { bytes, size } = this.#contents[file]!;
        return [name, bytes.slice(0, size)];
      }),
    );
  }

  /** A moment that tests come back to. */
  mark(label: number): void {
    this.#record({ kind: "mark", label });
  }

  #record(operation: Operation): void {
    if (this.isRecording) this.operations.push(operation);
  }

  list(): string[] {
    return [...this.#names.keys()];
  }

  open(name: string): DiskFile {
    const file = this.#names.get(name);
    if (file === undefined) throw new Error(`ENOENT: ${name}`);
    return this.#file(name, file);
  }

  create(name: string): DiskFile {
    this.before("create", name);
    const file = this.#contents.length;
    this.#contents.push(new Content());
    this.#names.set(name, file);
    this.#record({ kind: "create", name, file });
    return this.#file(name, file);
  }

  createExclusive(name: string, content: Uint8Array): boolean {
    if (this.#names.has(name)) return false;
    this.create(name).writeAt(0, content);
    return true;
  }

  rename(from: string, to: string): void {
    this.before("rename", from);
    this.#names.set(to, this.#names.get(from)!);
    this.#names.delete(from);
    this.#record({ kind: "rename", from, to });
  }

  remove(name: string): void {
    this.before("remove", name);
    this.#names.delete(name);
    this.#record({ kind: "remove", name });
  }

  flushDirectory(): void {
    this.before("flushDirectory", "");
    this.#record({ kind: "flushDirectory" });
  }

  #file(name: string, file: number): DiskFile {
    const content = this.#contents[file]!;
    const read = (position: number, target: Uint8Array): number => {
      const count = Math.max(0, Math.min(target.length, content.size - position));
      target.set(content.bytes.subarray(position, position + count));
      return count;
    };
    return {
      size: () => content.size,
      read,
      readParts: async (parts, onRead) => {
        for (const part of parts) onRead(part, read(part.position, part.target));
      },
      writeAt: (position, source) => {
        this.before("write", name);
        content.writeAt(position, source);
        this.#record({ kind: "write", file, position, bytes: source.slice() });
      },
      flush: () => {
        this.before("flush", name);
        this.#record({ kind: "flush", file });
      },
      truncate: (bytes) => {
        this.before("truncate", name);
        content.truncate(bytes);
        this.#record({ kind: "truncate", file, bytes });
      },
      close: () => {},
    };
  }
}

/** Decides what of the unflushed is there after a crash. */
export interface Fate {
  /** Whether a sector of an unflushed write is there. */
  keepsSector(write: number): boolean;
  /** How many of so many unflushed changes of the directory are there. */
  keptNames(count: number): number;
}

export const NOTHING: Fate = { keepsSector: () => false, keptNames: () => 0 };
export const EVERYTHING: Fate = { keepsSector: () => true, keptNames: (count) => count };

/** Some writes whole, some not at all, some torn; `random` gives numbers from 0 to 1. */
export function randomFate(random: () => number): Fate {
  const writes = new Map<number, number>();
  return {
    keepsSector: (write) => {
      const known = writes.get(write) ?? random();
      writes.set(write, known);
      if (known < 0.4) return true;
      if (known < 0.7) return false;
      return random() < 0.5;
    },
    keptNames: (count) => Math.floor(random() * (count + 1)),
  };
}

/** Goes through the operations of a disk, and makes crashes of the moments between them. */
export class CrashSimulator {
  readonly #operations: readonly Operation[];
  readonly #durable = new Map<number, Content>();
  #pending: Operation[] = [];
  #names = new Map<string, number>();
  #pendingNames: Operation[] = [];
  #at = 0;
  /** The label of the last mark. */
  label = 0;

  readonly #sectorBytes: number;

  /** Of one write, each sector may be there or not. */
  constructor(operations: readonly Operation[], sectorBytes = 512) {
    this.#operations = operations;
    this.#sectorBytes = sectorBytes;
  }

  /** Goes on behind the next operation; false if there is none. */
  step(): boolean {
    const operation = this.#operations[this.#at++];
    if (operation === undefined) return false;
    if (operation.kind === "mark") this.label = operation.label;
    else if (operation.kind === "flush") this.#flush(operation.file);
    else if (operation.kind === "write" || operation.kind === "truncate") {
      this.#pending.push(operation);
    } else if (operation.kind === "flushDirectory") {
      for (const name of this.#pendingNames) apply(this.#names, name);
      this.#pendingNames = [];
    } else this.#pendingNames.push(operation);
    return true;
  }

  get pendingWrites(): number {
    return this.#pending.length + this.#pendingNames.length;
  }

  #flush(file: number): void {
    const content = this.#contentOf(file);
    const isOf = (operation: Operation): boolean =>
      (operation.kind === "write" || operation.kind === "truncate") && operation.file === file;
    for (const operation of this.#pending) {
      if (isOf(operation)) write(content, operation, this.#sectorBytes, () => true);
    }
    this.#pending = this.#pending.filter((operation) => !isOf(operation));
  }

  #contentOf(file: number): Content {
    const known = this.#durable.get(file);
    if (known !== undefined) return known;
    const made = new Content();
    this.#durable.set(file, made);
    return made;
  }

  /** What is on the disk if the power is lost now. */
  crash(fate: Fate): Map<string, Uint8Array> {
    const names = new Map(this.#names);
    const kept = fate.keptNames(this.#pendingNames.length);
    for (const name of this.#pendingNames.slice(0, kept)) apply(names, name);
    const contents = new Map<number, Content>();
    const contentOf = (file: number): Content => {
      const known = contents.get(file) ?? this.#contentOf(file).copy();
      contents.set(file, known);
      return known;
    };
    for (const [index, operation] of this.#pending.entries()) {
      if (operation.kind !== "write" && operation.kind !== "truncate") continue;
      write(contentOf(operation.file), operation, this.#sectorBytes, () => fate.keepsSector(index));
    }
    return new Map(
      [...names].map(([name, file]) => {
        const { bytes, size } = contentOf(file);
        return [name, bytes.slice(0, size)];
      }),
    );
  }
}

function apply(names: Map<string, number>, operation: Operation): void {
  if (operation.kind === "create") names.set(operation.name, operation.file);
  if (operation.kind === "remove") names.delete(operation.name);
  if (operation.kind === "rename" && names.has(operation.from)) {
    names.set(operation.to, names.get(operation.from)!);
    names.delete(operation.from);
  }
}

function write(
  content: Content,
  operation: Operation,
  sectorBytes: number,
  keeps: () => boolean,
): void {
  if (operation.kind === "truncate" && keeps()) content.truncate(operation.bytes);
  if (operation.kind !== "write") return;
  const { position, bytes } = operation;
  for (let start = 0; start < bytes.length; start += sectorBytes) {
    if (keeps()) content.writeAt(position + start, bytes.subarray(start, start + sectorBytes));
  }
}

/**
 * The lock of a store: who writes it, and who reads it at this moment.
 *
 *     lock-7   { pid, started, free }     lock-8   { … }        the highest number counts; numbers only rise
 *
 * Whoever wants to write makes the file with the next number, which succeeds for one, after seeing that the owner of
 * the highest has ended or has freed it. A lock file is never written again but by its owner, which frees it.
 *
 * Invariants
 *   LK1  The owner of the highest number that is not freed, if it lives, is the one that writes.
 *   LK2  Who has made a number and then finds a higher one has lost, and takes its own away.
 *   LK3  The file with the highest number is never removed, so no number comes twice.
 */
import { randomUUID } from "node:crypto";
import { OxbowError } from "../base/errors.js";
import { type Disk, readAll } from "./disk.js";
import { type ProcessIdentity, thisProcess } from "./process-identity.js";

const LOCK_PREFIX = "lock-";
const READER_PREFIX = "reader-";

interface LockContent {
  readonly owner: ProcessIdentity;
  readonly free: boolean;
}

/** Whether a process that wrote its identity down is still there. */
type IsAlive = (identity: ProcessIdentity) => boolean;

function encode(content: LockContent): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(content));
}

function readContent(disk: Disk, name: string): LockContent | null {
  try {
    return JSON.parse(new TextDecoder().decode(readAll(disk, name))) as LockContent;
  } catch {
    // It was removed meanwhile, or is half written by an owner that ended in there.
    return null;
  }
}

function numbersOf(disk: Disk): number[] {
  return disk
    .list()
    .filter((name) => /^lock-\d+$/u.test(name))
    .map((name) => Number(name.slice(LOCK_PREFIX.length)))
    .sort((left, right) => right - left);
}

export class StoreLock {
  readonly #disk: Disk;
  readonly #name: string;
  readonly #owner: ProcessIdentity;

  /** Throws `ERR_STORE_LOCKED` while another process has the store open for writing, or this one. */
  static take(disk: Disk, mine: ProcessIdentity, isAlive: IsAlive): StoreLock {
    for (;;) {
      const [highest = 0] = numbersOf(disk);
      const held = highest === 0 ? null : readContent(disk, `${LOCK_PREFIX}${highest}`);
      if (held !== null && !held.free && isAlive(held.owner)) throw locked(disk.name, held.owner);
      const next = highest + 1;
      const name = `${LOCK_PREFIX}${next}`;
      if (!disk.createExclusive(name, encode({ owner: mine, free: false }))) continue;
      if (numbersOf(disk)[0] !== next) {
        disk.remove(name); // LK2
        continue;
      }
      for (const number of numbersOf(disk)) {
        if (number < next) disk.remove(`${LOCK_PREFIX}${number}`); // LK3
      }
      return new StoreLock(disk, name, mine);
    }
  }

  private constructor(disk: Disk, name: string, owner: ProcessIdentity) {
    this.#owner = owner;
    this.#disk = disk;
    this.#name = name;
  }

  /** From now on another may write. */
  free(): void {
    const draft = `${this.#name}.new`;
    const file = this.#disk.create(draft);
    file.writeAt(0, encode({ owner: this.#owner, free: true }));
    file.close();
    this.#disk.rename(draft, this.#name);
  }
}

function locked(store: string, { pid }: ProcessIdentity): OxbowError {
  const who = pid === process.pid ? "this process" : `process ${pid}`;
  return new OxbowError(
    "ERR_STORE_LOCKED",
    `cannot open the store ${store} for writing: ${who} has it open`,
    { store, pid },
  );
}

/** Says that this process reads the store, before it looks at a meta page (PS6); call the result when it is done. */
export function beginReading(disk: Disk): () => void {
  const name = `${READER_PREFIX}${process.pid}-${randomUUID()}`;
  disk.createExclusive(name, encode({ owner: thisProcess(), free: false }));
  return () => disk.remove(name);
}

/** Whether a process reads the store. Takes away what readers left that have ended. */
export function hasReaders(disk: Disk, isAlive: IsAlive): boolean {
  let found = false;
  for (const name of disk.list()) {
    if (!name.startsWith(READER_PREFIX) || name.endsWith(".new")) continue;
    const content = readContent(disk, name);
    if (content !== null && isAlive(content.owner)) found = true;
    else disk.remove(name);
  }
  return found;
}

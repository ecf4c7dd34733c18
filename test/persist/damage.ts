/** A small store of two snapshots and a log, and what is read of it when a byte of it is another. */
import { expect } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { parseAtom } from "../../src/term/parser.js";
import { RecordingDisk } from "./recording-disk.js";
import { atomsOf, load, Stored } from "./stored.js";

const HEAP_BYTES = 2 ** 26;

export interface SmallStore {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What it holds, after each commit; the last is what is read if nothing is damaged. */
  readonly states: readonly (readonly string[])[];
}

export function addFacts(stored: Stored, from: number, to: number): void {
  for (let n = from; n < to; n++) stored.env.add(parseAtom(`(fact ${n} s${n})`));
}

/** A store that was closed: no log. */
export function closedStore(): SmallStore {
  const disk = new RecordingDisk();
  const stored = Stored.create(disk, HEAP_BYTES);
  addFacts(stored, 0, 20);
  stored.save();
  addFacts(stored, 20, 30);
  stored.save("named");
  stored.file.close();
  return { files: disk.files(), states: [atomsOf(stored.env)] };
}

/** A store whose process has ended: the log is cut off a page behind its last record. */
export function loggedStore(): SmallStore {
  const disk = new RecordingDisk();
  const stored = Stored.create(disk, HEAP_BYTES);
  stored.save();
  const states = [atomsOf(stored.env)];
  for (let commit = 0; commit < 4; commit++) {
    addFacts(stored, commit * 3, commit * 3 + 3);
    stored.commit();
    states.push(atomsOf(stored.env));
  }
  const files = disk.files();
  files.set("log-1", files.get("log-1")!.slice(0, stored.file.logBytes + 4096));
  return { files, states };
}

/** What is opened, or the code of the error, which says where the damage is. */
export async function openDamaged(
  { files }: SmallStore,
  name: string,
  bytes: Uint8Array,
): Promise<string[] | string> {
  try {
    const { heap, env } = await load(RecordingDisk.of(new Map([...files, [name, bytes]])));
    checkHeap(heap);
    checkEnvironment(env);
    return atomsOf(env);
  } catch (error) {
    expect(String(error)).toMatch(/cannot read (data|log-1): .* at byte \d+/u);
    return (error as { code: string }).code;
  }
}

/** The bytes with a bit of one flipped. */
export function flipped(bytes: Uint8Array, at: number, bit = at % 8): Uint8Array {
  const other = bytes.slice();
  other[at]! ^= 1 << bit;
  return other;
}

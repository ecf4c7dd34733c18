import { describe, expect, it } from "vitest";
import type { Disk } from "../../src/persist/disk.js";
import { parseAtom } from "../../src/term/parser.js";
import { RecordingDisk } from "./recording-disk.js";
import { atomsOf, load, Stored } from "./stored.js";

function rewrite(stored: Stored, round: number): void {
  for (const atom of stored.env.atoms()) stored.env.remove(atom);
  for (let n = 0; n < 400; n++) stored.env.add(parseAtom(`(fact ${round} ${n})`));
}

/** The disk, which does something else before the `at`-th time that it is read. */
function interrupted(disk: RecordingDisk, at: number, act: () => void): Disk {
  let reads = 0;
  return {
    name: disk.name,
    list: () => disk.list(),
    open: (name) => {
      const file = disk.open(name);
      const read = (position: number, target: Uint8Array): number => {
        if (++reads === at) act();
        return file.read(position, target);
      };
      return {
        ...file,
        read,
        readParts: async (parts, onRead) => {
          for (const part of parts) onRead(part, read(part.position, part.target));
        },
      };
    },
    create: (name) => disk.create(name),
    createExclusive: (name, content) => disk.createExclusive(name, content),
    rename: (from, to) => disk.rename(from, to),
    remove: (name) => disk.remove(name),
    flushDirectory: () => disk.flushDirectory(),
  };
}

/** What a reader finds in whose middle, before the `at`-th read, five snapshots are written; an error's code if none. */
async function readBeside(at: number, isKnown: boolean): Promise<string[] | string> {
  const disk = new RecordingDisk();
  const stored = Stored.create(disk, 2 ** 24, () => isKnown);
  for (let round = 0; round < 4; round++) {
    rewrite(stored, round);
    stored.save();
  }
  const reader = interrupted(disk, at, () => {
    for (let round = 4; round < 9; round++) {
      rewrite(stored, round);
      stored.save();
    }
  });
  try {
    return atomsOf((await load(reader)).env);
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("who reads a store while another writes it", () => {
  // PS6
  it("has its snapshot to the end, wherever it is in reading it", async () => {
    const rounds = new Set<string>();
    for (let at = 1; at <= 9; at++) {
      const found = await readBeside(at, true);
      const [round] = [3, 8].filter((written) => found[0] === `(fact ${written} 0)`);
      expect(found).toEqual(Array.from({ length: 400 }, (_, n) => `(fact ${round} ${n})`));
      rounds.add(`${round}`);
    }
    expect([...rounds]).toEqual(["8", "3"]);
  });

  it("would not have it if the writer did not know", async () => {
    const found = await Promise.all([6, 7, 8].map((at) => readBeside(at, false)));
    expect(found).toContain("ERR_STORE_DAMAGED");
  });
});

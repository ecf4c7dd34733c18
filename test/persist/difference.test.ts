import { describe, expect, it, vi } from "vitest";
import { packRows } from "../../src/environment/packed-rows.js";
import type { Disk } from "../../src/persist/disk.js";
import type { SnapshotChoice } from "../../src/persist/load-image.js";
import { differenceOf } from "../../src/persist/snapshot-difference.js";
import type { SpaceAtom } from "../../src/term/atom.js";
import { parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";
import { seeded } from "./crashes.js";
import { RecordingDisk } from "./recording-disk.js";
import { load, Stored } from "./stored.js";

/** The difference by space as text, those of a space in order. */
type Texts = Record<string, { added: string[]; removed: string[] }>;

async function textsOf(
  disk: Disk,
  before?: SnapshotChoice,
  after?: SnapshotChoice,
): Promise<Texts> {
  const texts: Texts = {};
  for (const { space, added, removed } of await differenceOf(disk, before, after)) {
    texts[space === null ? "&self" : print(space)] = {
      added: added.map((atom) => print(atom)),
      removed: removed.map((atom) => print(atom)),
    };
  }
  return texts;
}

/** The same by loading both, occurrences sorted. */
async function expectedTexts(
  disk: Disk,
  spaces: readonly SpaceAtom[],
  before?: SnapshotChoice,
  after?: SnapshotChoice,
): Promise<Texts> {
  const [left, right] = [(await load(disk, before)).env, (await load(disk, after)).env];
  const texts: Texts = {};
  for (const space of [null, ...spaces]) {
    const one = contentOf(left, space);
    const other = contentOf(right, space);
    const difference = { added: less(other, one), removed: less(one, other) };
    if (difference.added.length + difference.removed.length > 0) {
      texts[space === null ? "&self" : print(space)] = difference;
    }
  }
  return texts;
}

function contentOf(env: Stored["env"], space: SpaceAtom | null): string[] {
  try {
    return [...env.atoms(space === null ? {} : { space })].map((atom) => print(atom));
  } catch {
    // It was made later.
    return [];
  }
}

function less(texts: readonly string[], others: readonly string[]): string[] {
  const left = [...texts];
  for (const text of others) {
    const at = left.indexOf(text);
    if (at >= 0) left.splice(at, 1);
  }
  return left.sort();
}

function sorted(texts: Texts): Texts {
  return Object.fromEntries(
    Object.entries(texts).map(([space, { added, removed }]) => [
      space,
      { added: added.sort(), removed: removed.sort() },
    ]),
  );
}

/** Counts the bytes that are read from the disk from now on. */
function countReads(disk: Disk): () => number {
  let bytes = 0;
  const open = disk.open.bind(disk);
  vi.spyOn(disk, "open").mockImplementation((name) => {
    const file = open(name);
    return {
      ...file,
      read(position: number, target: Uint8Array) {
        bytes += target.length;
        return file.read(position, target);
      },
    };
  });
  return () => bytes;
}

describe("the difference of two snapshots", () => {
  it("is that of their atoms, space by space, whatever has happened between them", async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const random = seeded(seed);
      const disk = new RecordingDisk();
      let stored = Stored.create(disk);
      const spaces: SpaceAtom[] = [];
      const ids: number[] = [];
      for (let step = 0; step < 8; step++) {
        if (random() < 0.3) spaces.push(stored.env.createSpace());
        for (let k = 0; k < 60 * random(); k++) {
          const space = random() < 0.5 ? undefined : spaces[Math.floor(random() * spaces.length)];
          const where = space === undefined ? {} : { space };
          const text = `(f${Math.floor(random() * 3)} ${Math.floor(random() * 40)} s${k})`;
          if (random() < 0.7) stored.env.add(parseAtom(text), where);
          else
            for (const atom of [...stored.env.atoms(where)].slice(0, 1))
              stored.env.remove(atom, where);
        }
        if (random() < 0.2) stored.env.countMatches(parseAtom("(f1 7 $x)"));
        if (random() < 0.3 && stored.commit().isLogged) continue;
        ids.push(stored.save(`step ${step}`).id);
        if (random() < 0.3) stored = await Stored.open(disk);
        else if (random() < 0.2) stored = stored.withNewFile();
      }
      stored.env.add(parseAtom("(last one)"));
      stored.commit();
      for (const before of [...ids, undefined]) {
        const after = [...ids, undefined][Math.floor(random() * (ids.length + 1))];
        const found = sorted(await textsOf(disk, before, after));
        expect(found).toEqual(await expectedTexts(disk, spaces, before, after));
      }
    }
  });

  it("tells packed rows from those that were taken out of them", async () => {
    const disk = new RecordingDisk();
    const stored = Stored.create(disk);
    const rows = Array.from({ length: 3000 }, (_, n) => parseAtom(`(packed ${n} p${n % 50})`));
    const packed = packRows(stored.heap, rows);
    const first = stored.save("empty").id;
    stored.env.addPacked(packed);
    packed.dispose();
    const second = stored.save("full").id;
    stored.env.remove(parseAtom("(packed 77 p27)"));
    stored.env.remove(parseAtom("(packed 2077 p27)"));
    const third = stored.save("less").id;
    expect((await textsOf(disk, first, second))["&self"]!.added).toHaveLength(3000);
    expect(await textsOf(disk, second, third)).toEqual({
      "&self": { added: [], removed: ["(packed 77 p27)", "(packed 2077 p27)"] },
    });
  });

  it("is found by reading what differs", async () => {
    const disk = new RecordingDisk();
    const stored = Stored.create(disk, 2 ** 26);
    for (let n = 0; n < 30_000; n++) stored.env.add(parseAtom(`(edge ${n} ${n * 7})`));
    const before = stored.save("before").id;
    stored.env.remove(parseAtom("(edge 15000 105000)"));
    stored.env.add(parseAtom("(edge new 1)"));
    const after = stored.save("after").id;
    const all = disk.open("data").size();
    const bytesRead = countReads(disk);
    expect(await textsOf(disk, before, after)).toEqual({
      "&self": { added: ["(edge new 1)"], removed: ["(edge 15000 105000)"] },
    });
    expect(bytesRead()).toBeLessThan(all / 5);
    expect(await textsOf(disk, after, after)).toEqual({});
  });
});

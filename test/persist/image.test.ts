import { describe, expect, it } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { handleOf } from "../../src/environment/environment.js";
import { packRows } from "../../src/environment/packed-rows.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { parseAtom } from "../../src/term/parser.js";
import { RecordingDisk } from "./recording-disk.js";
import { atomsOf, load, Stored } from "./stored.js";

function fill(stored: Stored, from: number, to: number): void {
  for (let n = from; n < to; n++) {
    stored.env.add(parseAtom(`(edge n${n} n${n + 1} ${n * 2} "text ${n}" ${n}.5)`));
  }
}

describe("an image", () => {
  it("holds what the environment held, at the same addresses", async () => {
    const disk = new RecordingDisk();
    const stored = Stored.create(disk);
    fill(stored, 0, 300);
    stored.env.add(parseAtom("(= (double $x) (+ $x $x))"));
    stored.env.countMatches(parseAtom("(edge n7 $x $y $z $w)"));
    const state = stored.env.createState(parseAtom("(counter 12345678901234567890)"));
    const space = stored.env.createSpace();
    stored.env.add(parseAtom("(inside here)"), { space });
    stored.save();
    const { heap, env } = await load(disk);
    checkHeap(heap); // AO1
    checkEnvironment(env);
    expect(handleOf(env).root).toBe(handleOf(stored.env).root);
    expect(atomsOf(env)).toEqual(atomsOf(stored.env));
    expect(env.countMatches(parseAtom("(edge n7 $x $y $z $w)"))).toBe(1);
    expect(String(env.getState(state))).toBe(String(stored.env.getState(state)));
    expect(env.countOf(space)).toBe(1);
  });

  it("can be written on, and what is written shares nothing with what is loaded again", async () => {
    const disk = new RecordingDisk();
    const stored = Stored.create(disk);
    fill(stored, 0, 300);
    stored.save();
    const { heap, env } = await load(disk);
    for (let n = 0; n < 300; n += 3) {
      env.remove(parseAtom(`(edge n${n} n${n + 1} ${n * 2} "text ${n}" ${n}.5)`));
      env.add(parseAtom(`(new-symbol-${n} ${n})`));
      if (n % 30 === 0) checkHeap(heap);
    }
    checkEnvironment(env);
    expect(env.count).toBe(300);
    expect(atomsOf((await load(disk)).env)).toEqual(atomsOf(stored.env));
    env.dispose();
    checkHeap(heap);
  });

  it("has segments of every size, atoms of thousands of words and rows in packed regions included", async () => {
    const disk = new RecordingDisk();
    const stored = Stored.create(disk, 2 ** 26);
    const long = `(long ${Array.from({ length: 30_000 }, (_, n) => n).join(" ")})`;
    stored.env.add(parseAtom(long));
    stored.env.add(parseAtom(`(text "${"x".repeat(90_000)}")`));
    const rows = Array.from({ length: 20_000 }, (_, n) => parseAtom(`(packed ${n} p${n % 50})`));
    const packed = packRows(stored.heap, rows);
    stored.env.addPacked(packed);
    packed.dispose();
    stored.env.remove(parseAtom("(packed 77 p27)"));
    stored.save();
    stored.env.add(parseAtom(`(second ${Array.from({ length: 70_000 }, (_, n) => n).join(" ")})`));
    stored.commit();
    const { heap, env } = await load(disk);
    checkHeap(heap);
    checkEnvironment(env);
    expect(env.count).toBe(stored.env.count);
    expect(atomsOf(env)).toEqual(atomsOf(stored.env));
  });

  it("goes on in the next process: snapshots and commits, opened and written again, ten times over", async () => {
    let disk = new RecordingDisk();
    let stored = Stored.create(disk);
    for (let round = 0; round < 10; round++) {
      fill(stored, round * 50, round * 50 + 40);
      stored.save(round === 4 ? "four" : null);
      stored.env.remove(
        parseAtom(
          `(edge n${round * 50} n${round * 50 + 1} ${round * 100} "text ${round * 50}" ${round * 50}.5)`,
        ),
      );
      expect(stored.commit().isLogged).toBe(true);
      stored.env.add(parseAtom(`(round ${round})`));
      expect(stored.commit().isLogged).toBe(true);
      const expected = atomsOf(stored.env);
      if (round % 2 === 1) stored.file.close();
      disk = RecordingDisk.of(disk.files());
      stored = await Stored.open(disk);
      checkHeap(stored.heap);
      checkEnvironment(stored.env);
      expect(atomsOf(stored.env)).toEqual(expected);
    }
    expect(atomsOf((await load(disk, "four")).env)).toHaveLength(40 * 5 - 4 + 4);
    stored.file.compact();
    expect(atomsOf((await load(disk)).env)).toEqual(atomsOf(stored.env));
    expect(atomsOf((await load(disk, "four")).env)).toHaveLength(40 * 5 - 4 + 4);
  });

  it("has pages that snapshots share once, also after it was compacted", async () => {
    const disk = new RecordingDisk();
    const stored = Stored.create(disk);
    fill(stored, 0, 300);
    for (const name of ["one", "two", "three"]) stored.save(name);
    const size = disk.open("data").size();
    stored.file.compact();
    expect(disk.open("data").size()).toBeLessThan(size);
    for (const name of ["one", "two", "three"]) {
      expect(atomsOf((await load(disk, name)).env)).toEqual(atomsOf(stored.env));
    }
  });

  it("writes most commits where its log has bytes", async () => {
    const disk = new RecordingDisk();
    const stored = Stored.create(disk);
    stored.save();
    const sizes: number[] = [];
    for (let n = 0; n < 100; n++) {
      fill(stored, n, n + 1);
      expect(stored.commit().isLogged).toBe(true);
      sizes.push(disk.open("log-1").size());
    }
    expect(new Set(sizes).size).toBeLessThan(5);
    expect(sizes.at(-1)).toBeLessThan(stored.file.logBytes + 2 ** 18);
    expect(atomsOf((await load(disk)).env)).toEqual(atomsOf(stored.env));
  });
});

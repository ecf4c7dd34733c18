import { expect, test } from "vitest";
import type { Address } from "../../src/base/address.js";
import { allocate, copySegment } from "../../src/memory/allocator.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import {
  inheritUsage,
  noteAppend,
  noteWriteAt,
  readClock,
  recentWrites,
  tick,
  writePlace,
  writesWhenLast,
} from "../../src/memory/usage.js";

const PERIOD = 256;
const SPARE = 3;

/** A vector's clock and two of its segments, written as vectors write theirs. */
class Vector {
  readonly heap = Heap.create({ maxBytes: 2 ** 22 });
  readonly words = this.heap.words;
  readonly clock = allocate(this.heap, 8, RAW);
  readonly a = allocate(this.heap, 8, RAW);
  readonly b = allocate(this.heap, 8, RAW);

  append(segment: Address, count: number): void {
    for (let done = 0; done < count; done++) {
      if (tick(this.words, this.clock)) noteAppend(this.words, this.clock, segment);
    }
  }

  /** Writes at entries of a hundred. */
  write(segment: Address, count: number, entry: (done: number) => number): void {
    for (let done = 0; done < count; done++) {
      const isNoted = tick(this.words, this.clock);
      if (isNoted) noteWriteAt(this.words, this.clock, segment, entry(done), 100);
    }
  }

  recent(segment: Address): number {
    return recentWrites(this.words, this.clock, segment);
  }
}

test("a segment that was never written has no usage", () => {
  const { words, clock, a } = new Vector();
  const found = [readClock(words, clock), recentWrites(words, clock, a), writePlace(words, a)];
  expect(found).toEqual([0, 0, "none"]);
});

test("appends, writes to one place and writes all over are told apart soon after they begin", () => {
  const vector = new Vector();
  const { words, a } = vector;
  vector.append(a, 40);
  expect(writePlace(words, a)).toBe("end");
  vector.write(a, 40, () => 71);
  expect(writePlace(words, a)).toBe("one place");
  let random = 88_172_645;
  vector.write(a, 200, () => {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    return (random >>> 0) % 100;
  });
  expect(writePlace(words, a)).toBe("scattered");
  vector.append(a, 40);
  expect(writePlace(words, a)).toBe("end");
});

test("a count is right to a tenth, in whatever rhythm others are written between", () => {
  for (const rhythm of [1, 2, 3, 4, 5, 8, 16]) {
    const vector = new Vector();
    for (let round = 0; round < 200 / rhythm; round++) {
      vector.append(vector.a, 1);
      vector.write(vector.b, rhythm - 1, () => 0);
    }
    const expected = 200 / rhythm;
    expect(Math.abs(vector.recent(vector.a) - expected)).toBeLessThan(20);
  }
});

test("what was counted halves while others are written, and at last is forgotten", () => {
  const vector = new Vector();
  const { words, clock, a, b } = vector;
  vector.append(a, PERIOD - 1);
  const before = vector.recent(a);
  expect(Math.abs(before - PERIOD)).toBeLessThan(20);
  for (let period = 1; period <= 10; period++) {
    vector.write(b, PERIOD, () => 0);
    expect(vector.recent(a)).toBe(before >>> period);
  }
  expect(writesWhenLast(words, a)).toBe(before);
  expect(readClock(words, clock)).toBe(11 * PERIOD - 1);
});

test("counts end at their limit and fill no other part of the word", () => {
  const vector = new Vector();
  const { words, clock, a, b } = vector;
  // The clock's last period but one: the stamp has all its bits, and is 0 soon.
  words[clock + SPARE] = (4095 << 8) + 1;
  vector.write(a, 3000, (done) => done % 100);
  expect(vector.recent(a)).toBeLessThanOrEqual(511);
  expect(vector.recent(a)).toBeGreaterThan(PERIOD);
  expect(vector.recent(b)).toBe(0);
  words[clock + SPARE] = -1;
  vector.append(a, 1);
  expect(readClock(words, clock)).toBe(0);
});

test("a copy, and what takes a segment's place, are known as the segment was", () => {
  const vector = new Vector();
  const { heap, words, a, b } = vector;
  vector.append(a, 60);
  const copy = copySegment(heap, a);
  inheritUsage(words, a, b);
  for (const each of [copy, b]) {
    expect([vector.recent(each), writePlace(words, each)]).toEqual([vector.recent(a), "end"]);
  }
});

import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { parseAtom } from "../../src/term/parser.js";
import { RecordingDisk } from "./recording-disk.js";
import { atomsOf, load } from "./stored.js";

it.each([1, 2])("a store of version %i is read, log and all", async (version) => {
  const folder = new URL(`version-${version}/`, import.meta.url);
  const files = readdirSync(folder).map((name): [string, Uint8Array] => [
    name.replace(/\.gz$/u, ""),
    gunzipSync(readFileSync(new URL(name, folder))),
  ]);
  const disk = RecordingDisk.of(new Map(files));
  const { heap, env } = await load(disk);
  checkHeap(heap);
  expect(atomsOf(env)).toEqual([
    "(edge a b)",
    '(text "héllo" 2.5 123456789012345678901)',
    "(= (f $x) (g $x $x))",
    "(logged True)",
  ]);
  expect(env.count).toBe(4);
  expect(atomsOf((await load(disk, "first")).env)).toHaveLength(3);

  // A relation of that version, with more rows than are looked at one by one.
  for (let n = 0; n < 300; n++) env.add(parseAtom(`(text "more" ${n} ${n})`));
  const bounds = { n: { gte: 2, lt: 4 } };
  const found = [...env.match(parseAtom("(text $text $n $other)"), { bounds })].map(String);
  expect(found).toEqual([
    '(text "héllo" 2.5 123456789012345678901)',
    '(text "more" 2 2)',
    '(text "more" 3 3)',
  ]);
  checkEnvironment(env);
});

/**
 * Writes the small store of the present version that `versions.test.ts` reads for ever; run once for each version:
 * `npx tsx test/persist/make-version.ts`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { FORMAT_VERSION } from "../../src/persist/format.js";
import { parseAtom } from "../../src/term/parser.js";
import { RecordingDisk } from "./recording-disk.js";
import { Stored } from "./stored.js";

const disk = new RecordingDisk();
const stored = Stored.create(disk, 2 ** 23);
for (const text of [
  "(edge a b)",
  '(text "héllo" 2.5 123456789012345678901)',
  "(= (f $x) (g $x $x))",
]) {
  stored.env.add(parseAtom(text));
}
stored.save("first");
stored.env.add(parseAtom("(logged True)"));
stored.commit();
mkdirSync(new URL(`version-${FORMAT_VERSION}/`, import.meta.url), { recursive: true });
for (const [name, bytes] of disk.files()) {
  writeFileSync(
    new URL(`version-${FORMAT_VERSION}/${name}.gz`, import.meta.url),
    gzipSync(bytes, { level: 9 }),
  );
}

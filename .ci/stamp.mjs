// Ends a build: takes away what sources left that are gone, and says which sources the rest was made of.
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { STAMP, sourcePaths, stampOfSources } from "./sources.mjs";

const made = new Set(
  sourcePaths().flatMap((path) => {
    const [, stem, kind] = /^(.*)\.([cm]?)ts$/.exec(path);
    return [`${stem}.${kind}js`, `${stem}.d.${kind}ts`];
  }),
);
for (const folder of ["src", "workers", "bench", "types"]) {
  for (const entry of readdirSync(join("dist", folder), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).replaceAll("\\", "/").slice("dist/".length);
    // What users see of src: its declarations without what is marked as internal.
    const source = path.replace(/^types\//, "src/");
    // The bundles of the command are written anew by each build.
    if (entry.isFile() && !made.has(source) && !path.startsWith("src/command/"))
      rmSync(join("dist", path));
  }
}
writeFileSync(STAMP, stampOfSources());

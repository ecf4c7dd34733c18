/** The version of the package, read from the nearest `package.json` above this file. */
import { existsSync, readFileSync } from "node:fs";

/** For example `0.1.0`. */
export function packageVersion(): string {
  for (const path of ["../../../package.json", "../../package.json"]) {
    const file = new URL(path, import.meta.url);
    if (!existsSync(file)) continue;
    const manifest = JSON.parse(readFileSync(file, "utf8")) as { name?: string; version?: string };
    if (manifest.name === "oxbow" && manifest.version !== undefined) return manifest.version;
  }
  return "unknown";
}

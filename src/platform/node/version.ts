/** The version of the package, read from the nearest `package.json` of it above this file. */
import { existsSync, readFileSync } from "node:fs";

/** For example `0.1.0`. */
export function packageVersion(): string {
  for (let folder = new URL("./", import.meta.url); ; ) {
    const version = versionIn(new URL("package.json", folder));
    if (version !== undefined) return version;
    const above = new URL("../", folder);
    if (above.href === folder.href) return "unknown";
    folder = above;
  }
}

function versionIn(file: URL): string | undefined {
  if (!existsSync(file)) return undefined;
  const manifest = JSON.parse(readFileSync(file, "utf8")) as { name?: string; version?: string };
  return manifest.name === "oxbow" ? manifest.version : undefined;
}

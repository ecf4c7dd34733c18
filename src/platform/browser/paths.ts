/** Paths with `/`, from the root `/`: a page has no folder that it is in. */
import type { Paths } from "../platform.js";

/** The names of a path, without those that `.` and `..` take away. */
function namesOf(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return names;
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/");
}

function resolve(...parts: string[]): string {
  const start = parts.findLastIndex(isAbsolute);
  return `/${namesOf(parts.slice(Math.max(start, 0)).join("/")).join("/")}`;
}

export const paths: Paths = {
  isAbsolute,
  resolve,
  basename(path, suffix = "") {
    const name = path.split("/").findLast((each) => each !== "") ?? "";
    return name.endsWith(suffix) ? name.slice(0, name.length - suffix.length) : name;
  },
  dirname(path) {
    const end = path.replace(/\/+$/, "").lastIndexOf("/");
    if (end > 0) return path.slice(0, end);
    return isAbsolute(path) ? "/" : ".";
  },
  join: (...parts) =>
    parts
      .filter((part) => part !== "")
      .join("/")
      .replaceAll(/\/+/g, "/"),
  relative(from, to) {
    const [start, end] = [namesOf(resolve(from)), namesOf(resolve(to))];
    const differs = start.findIndex((name, index) => name !== end[index]);
    const common = differs < 0 ? start.length : differs;
    return [...start.slice(common).map(() => ".."), ...end.slice(common)].join("/");
  },
  toUrl: (path) => new URL(path, "file:").href,
};

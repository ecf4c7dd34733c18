// Follows the links of built pages to others and to places in them. Pages of elsewhere are not asked for.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { posix } from "node:path";

const ELSEWHERE = /^([a-z][a-z+.-]*:|\/\/)/i;

/** Throws with every link that leads nowhere. */
export function checkLinks(folder, base) {
  const places = new Map();
  const placesOf = (path) => {
    if (!places.has(path))
      places.set(path, attributes(readFileSync(`${folder}${path}`, "utf8"), "id"));
    return places.get(path);
  };
  const pages = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".html"));
  const broken = [];
  let links = 0;
  for (const page of pages) {
    const text = readFileSync(`${folder}${page}`, "utf8");
    const targets = new Set([...attributes(text, "href"), ...attributes(text, "src")]);
    for (const target of targets) {
      if (ELSEWHERE.test(target)) continue;
      links++;
      const reason = whatIsWrong(target, page);
      if (reason !== undefined) broken.push(`${page}: ${target} (${reason})`);
    }
  }
  if (broken.length > 0) throw new Error(`links that lead nowhere:\n${broken.join("\n")}`);
  return { pages: pages.length, links };

  function whatIsWrong(target, page) {
    const { pathname, hash } = new URL(target, `http://site${base}${page}`);
    const path = decodeURIComponent(pathname);
    if (!path.startsWith(base)) return `not below ${base}`;
    const file = fileOf(folder, path.slice(base.length));
    if (file === undefined) return "no such page";
    if (hash.length > 1 && !placesOf(file).has(decodeURIComponent(hash.slice(1))))
      return "no such place";
    return undefined;
  }
}

/** The file that a server gives for a path, as static servers do. */
function fileOf(folder, path) {
  const isFile = (name) => existsSync(`${folder}${name}`) && statSync(`${folder}${name}`).isFile();
  return [path, `${path}.html`, posix.join(path, "index.html")].find(isFile);
}

function attributes(html, name) {
  const found = html.matchAll(new RegExp(`\\s${name}="([^"]*)"`, "g"));
  return new Set(Array.from(found, ([, value]) => value.replaceAll("&amp;", "&")));
}

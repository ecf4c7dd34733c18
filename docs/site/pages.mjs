// Which document of the project is which page of the site, and what the links between them become there.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, extname, posix } from "node:path";
import { ROOT, STAGE } from "./folders.mjs";

const { repository } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));

/** Where people read what is no page. */
export const REPOSITORY = repository.url.replace(/^git\+|\.git$/g, "");

/** The guides in the order in which they are read; what is not named here comes behind the last group. */
export const GROUPS = [
  { title: "The language", names: ["language", "stdlib", "playground", "editors"] },
  {
    title: "In a program of your own",
    names: [
      "embedding",
      "persistence",
      "browser",
      "cluster",
      "containers",
      "collector",
      "prediction",
    ],
  },
  { title: "Inside", names: ["architecture", "concurrency", "format"] },
];
const NAMED = GROUPS.flatMap(({ names }) => names);

const names = (folder, pattern) =>
  readdirSync(`${ROOT}${folder}`)
    .filter((name) => pattern.test(name))
    .toSorted();

const markdownIn = (folder) => names(folder, /\.md$/).map((name) => name.slice(0, -".md".length));

/** Guides that no group names. */
export const OTHERS = markdownIn("docs").filter((name) => ![...NAMED, "api"].includes(name));
export const DECISIONS = markdownIn("docs/decisions");
export const EXAMPLES = names("examples", /^\d/);

/** The page of an example: `01-embed.ts` is `examples/01-embed`. */
export const exampleName = (file) => file.slice(0, file.length - extname(file).length);

/** `Operations on threads` for `24-operations-on-threads`. */
export function exampleTitle(file) {
  const words = exampleName(file).replace(/^\d+-/, "").replaceAll("-", " ");
  return words[0].toUpperCase() + words.slice(1);
}

/** The documents that are pages. */
export const documents = () => [...PAGES.keys()].filter((path) => path.endsWith(".md"));

/** The address of a page by the path of its document in the project; a folder's is that of its list. */
const PAGES = new Map([
  ["README.md", "/"],
  ["docs/api.md", "/api/"],
  ["docs/decisions", "/decisions/"],
  ["examples", "/examples/"],
  ["bench/RESULTS.md", "/measurements"],
  ["CHANGELOG.md", "/changelog"],
  ...[...NAMED, ...OTHERS].map((name) => [`docs/${name}.md`, `/guides/${name}`]),
  ...DECISIONS.map((name) => [`docs/decisions/${name}.md`, `/decisions/${name}`]),
  ...EXAMPLES.map((file) => [`examples/${file}`, `/examples/${exampleName(file)}`]),
]);

export function textOf(path) {
  return readFileSync(`${ROOT}${path}`, "utf8");
}

/** The first heading of a document, as text. */
export function titleOf(path) {
  return /^# (.*)$/m.exec(textOf(path))[1].replaceAll("`", "");
}

/** An address is that in the site: `/examples/`. */
export function writePage(address, text) {
  const path = `${STAGE}${address.slice(1)}${address.endsWith("/") ? "index" : ""}.md`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** A document as the page that it is. */
export async function writeDocument(path, edit = (text) => text) {
  const { text, images } = settleLinks(textOf(path), path);
  for (const image of images) cpSync(`${ROOT}${image}`, `${STAGE}public/${image}`);
  writePage(PAGES.get(path), await edit(text));
}

/** The place of a heading, as the repository's own pages have it, so that links to it are good in both. */
export function slugify(heading) {
  return heading
    .toLowerCase()
    .trim()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
}

/** Links of a document to others as the site has them, and the images it shows. Throws where one leads nowhere; code is left alone. */
export function settleLinks(text, path) {
  const images = [];
  const settle = (whole, image, before, target) => {
    if (/^[a-z]+:/.test(target)) return whole;
    const [file, anchor] = target.split("#");
    const found = file === "" ? path : posix.join(posix.dirname(path), file).replace(/\/$/, "");
    if (!existsSync(`${ROOT}${found}`) || (anchor && !hasHeading(found, anchor))) {
      throw new Error(`cannot make a page of ${path}: it links to ${target}, which is not there`);
    }
    if (file === "") return whole;
    if (image) images.push(found);
    const address = image ? `/${found}` : addressOf(found);
    return `${image}${before}${address}${anchor === undefined ? "" : `#${anchor}`})`;
  };
  const settled = proseAndCode(text).map((part, index) =>
    index % 2 === 1 ? part : part.replace(/(!?)(\[[^\]]*\]\()([^)\s]+)\)/g, settle),
  );
  return { text: settled.join(""), images };
}

/** Prose and blocks of code in turns. */
function proseAndCode(text) {
  return text.split(/^(```[\s\S]*?^```)$/m);
}

function hasHeading(path, anchor) {
  const prose = proseAndCode(textOf(path)).filter((_, index) => index % 2 === 0);
  const headings = prose.join("").matchAll(/^#+ (.*)$/gm);
  return [...headings].some(([, heading]) => slugify(heading) === anchor);
}

/** What is no page is read in the repository. */
function addressOf(path) {
  const folder = statSync(`${ROOT}${path}`).isDirectory();
  return PAGES.get(path) ?? `${REPOSITORY}/${folder ? "tree" : "blob"}/main/${path}`;
}

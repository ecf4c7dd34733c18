// What the site looks like, and what stands beside its pages.
import { readFileSync } from "node:fs";
import { OUT, ROOT, STAGE } from "../folders.mjs";
import {
  DECISIONS,
  EXAMPLES,
  exampleName,
  exampleTitle,
  GROUPS,
  OTHERS,
  REPOSITORY,
  slugify,
  titleOf,
} from "../pages.mjs";

const grammar = JSON.parse(
  readFileSync(`${ROOT}editors/vscode/syntaxes/metta.tmLanguage.json`, "utf8"),
);

const guide = (name) => ({ text: titleOf(`docs/${name}.md`), link: `/guides/${name}` });

const guides = [
  ...GROUPS.map(({ title, names }) => ({ text: title, items: names.map(guide) })),
  {
    text: "More",
    items: [
      ...OTHERS.map(guide),
      { text: "Decisions", link: "/decisions/" },
      { text: "Measurements", link: "/measurements" },
      { text: "Changelog", link: "/changelog" },
    ],
  },
];

const decisions = [
  {
    text: "Decisions",
    link: "/decisions/",
    items: DECISIONS.map((name) => ({
      text: titleOf(`docs/decisions/${name}.md`),
      link: `/decisions/${name}`,
    })),
  },
];

const examples = [
  {
    text: "Examples",
    link: "/examples/",
    items: EXAMPLES.map((file) => ({
      text: exampleTitle(file),
      link: `/examples/${exampleName(file)}`,
    })),
  },
];

/** The entries of the package beside each other; each group of names leads to its list. */
function api() {
  const all = JSON.parse(readFileSync(`${STAGE}api/typedoc-sidebar.json`, "utf8"));
  const entries = all.flatMap((entry) => {
    const inner = entry.items.filter(({ link }) => link?.startsWith(entry.link));
    return [
      { ...entry, items: entry.items.filter((item) => !inner.includes(item)) },
      ...inner.map((item) => ({ ...item, text: `${entry.text}/${item.text}` })),
    ];
  });
  const linked = entries.map(({ items = [], ...entry }) => ({
    ...entry,
    items: items.map((group) => ({ ...group, link: `${entry.link}#${slugify(group.text)}` })),
  }));
  return [{ text: "All names", link: "/api/" }, ...linked];
}

export default {
  title: "Oxbow",
  description: "An embeddable, multi-threaded rule and fact engine for the MeTTa language",
  lang: "en",
  srcDir: STAGE,
  outDir: OUT,
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  cacheDir: `${ROOT}dist/site-cache`,
  cleanUrls: true,
  // All links are checked where they are settled, and once more in the pages that come out.
  ignoreDeadLinks: true,
  head: [["link", { rel: "icon", type: "image/svg+xml", href: "/oxbow.svg" }]],
  markdown: {
    languages: [{ ...grammar, name: "metta" }],
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    anchor: { slugify },
  },
  themeConfig: {
    logo: "/oxbow.svg",
    nav: [
      { text: "Guides", link: "/guides/language", activeMatch: "^/guides/" },
      { text: "Examples", link: "/examples/", activeMatch: "^/examples/" },
      { text: "API", link: "/api/", activeMatch: "^/api/" },
      { text: "Playground", link: "/playground/index.html", target: "_self" },
    ],
    sidebar: {
      "/api/": api(),
      "/examples/": examples,
      "/decisions/": decisions,
      "/": guides,
    },
    outline: { level: [2, 3] },
    search: { provider: "local" },
    socialLinks: [{ icon: "github", link: REPOSITORY, ariaLabel: "The repository" }],
  },
};

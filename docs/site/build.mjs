// Builds the documentation site: the guides, the examples and the API of this package as pages, checked for links that lead
// nowhere. `npm run docs` calls it after the package is built; what follows (`--base /oxbow/`) says under which path it will be served.
import { cpSync, readFileSync, rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { build } from "vitepress";
import { writeApi } from "./api.mjs";
import { checkLinks } from "./check-links.mjs";
import { writeExamples } from "./examples.mjs";
import { OUT, ROOT, STAGE } from "./folders.mjs";
import { DECISIONS, GROUPS, OTHERS, titleOf, writeDocument, writePage } from "./pages.mjs";
import { withPrograms } from "./programs.mjs";

const { values } = parseArgs({ options: { base: { type: "string", default: "/" } } });

rmSync(STAGE, { recursive: true, force: true });
rmSync(OUT, { recursive: true, force: true });
cpSync(`${ROOT}docs/site/public`, `${STAGE}public`, { recursive: true });

// The head of the first page is the site's own, what follows is the README without its title.
const head = readFileSync(`${ROOT}docs/site/home.md`, "utf8");
await writeDocument(
  "README.md",
  async (text) => `${head}${await withPrograms(text.replace(/^# .*\n/, ""))}\n</div>\n</main>\n`,
);
for (const name of [...GROUPS.flatMap(({ names }) => names), ...OTHERS])
  await writeDocument(`docs/${name}.md`, withPrograms);
for (const name of DECISIONS) await writeDocument(`docs/decisions/${name}.md`);
const decisions = DECISIONS.map(
  (name) => `- [${titleOf(`docs/decisions/${name}.md`)}](/decisions/${name})`,
);
writePage("/decisions/", `# Decisions\n\nWhy things are as they are.\n\n${decisions.join("\n")}\n`);
await writeDocument("bench/RESULTS.md");
await writeDocument("CHANGELOG.md");
await writeExamples();
await writeApi();
await build(`${ROOT}docs/site`, { base: values.base });
cpSync(`${ROOT}dist/playground`, `${OUT}playground`, { recursive: true });
const { pages, links } = checkLinks(OUT, values.base);
console.log(`${pages} pages, ${links} links checked: dist/site`);

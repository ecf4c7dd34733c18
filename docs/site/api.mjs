// The pages of the API: what the package's declarations say, entry by entry.
import { existsSync, readFileSync } from "node:fs";
import { Application, Converter } from "typedoc";
import { ROOT, STAGE } from "./folders.mjs";
import { writeDocument } from "./pages.mjs";

const { exports } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));

/** The names of the entries by the files of their declarations. */
const ENTRIES = new Map(
  Object.entries(exports)
    .filter(([, { types }]) => types !== undefined)
    .map(([name, { types }]) => [ROOT + types.slice(2), `oxbow${name.slice(1)}`]),
);

const FOLDERS = ["classes", "functions", "interfaces", "type-aliases", "variables"];

/** Throws where a comment links to a name that is not there. */
export async function writeApi() {
  const app = await Application.bootstrapWithPlugins({
    entryPoints: [...ENTRIES.keys()],
    tsconfig: `${ROOT}docs/site/tsconfig.json`,
    plugin: ["typedoc-plugin-markdown", "typedoc-vitepress-theme"],
    out: `${STAGE}api`,
    docsRoot: STAGE,
    readme: "none",
    disableSources: true,
    excludeInternal: true,
    excludePrivate: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    expandObjects: true,
    parametersFormat: "table",
    interfacePropertiesFormat: "list",
    typeAliasPropertiesFormat: "list",
    validation: { notExported: true, invalidLink: true, notDocumented: false },
    treatWarningsAsErrors: true,
    treatValidationWarningsAsErrors: true,
    logLevel: "Warn",
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const entry of project.children) {
      const { fileName } = project.getSymbolIdFromReflection(entry);
      entry.name = ENTRIES.get(fileName);
    }
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("cannot read the declarations of the package");
  app.validate(project);
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) {
    throw new Error("cannot make the pages of the API: see what typedoc says above");
  }
  await writeDocument("docs/api.md", linkNames);
}

/** The list of names with a link from each to its page. */
function linkNames(text) {
  let entry = "";
  return text.replace(/^## `(.*)`$|^\| `([^`]*)` \|/gm, (line, heading, name) => {
    if (heading !== undefined) {
      entry = heading;
      return line;
    }
    return `| [\`${name}\`](${pageOf(entry, name)}) |`;
  });
}

/** What several entries export is on a page of one of them. */
function pageOf(entry, name) {
  for (const one of [entry, ...ENTRIES.values()]) {
    const found = FOLDERS.map((folder) => `api/${one}/${folder}/${name}`).find((path) =>
      existsSync(`${STAGE}${path}.md`),
    );
    if (found !== undefined) return `/${found}`;
  }
  throw new Error(`cannot find the page of ${name}, which ${entry} exports`);
}

// The pages of the examples: what each shows, its sources, and a playground for those that are programs of the language.

import { readdirSync, statSync } from "node:fs";
import { extname } from "node:path";
import { ROOT } from "./folders.mjs";
import { EXAMPLES, exampleName, exampleTitle, REPOSITORY, textOf, writePage } from "./pages.mjs";
import { liveProgram } from "./programs.mjs";

const LANGUAGES = { ".ts": "ts", ".mjs": "js", ".metta": "metta", ".html": "html" };

/** What the comment at the head of a source says, without how to run it. */
function summaryOf(text) {
  const lines = [];
  for (const line of text.split("\n")) {
    const said = /^(?:\/\/|;) (.*)$/.exec(line)?.[1];
    if (said === undefined || /^Run (it )?/.test(said)) break;
    lines.push(said);
  }
  if (lines.length === 0)
    throw new Error(`cannot tell what an example shows: ${text.slice(0, 80)}`);
  return lines.join(" ");
}

/** The sources of an example, the one to begin with first. */
function sourcesOf(file) {
  const path = `examples/${file}`;
  if (!statSync(`${ROOT}${path}`).isDirectory()) return [path];
  const first = (name) => (name === "main.mjs" ? 0 : 1);
  return readdirSync(`${ROOT}${path}`)
    .filter((name) => extname(name) in LANGUAGES)
    .toSorted((one, other) => first(one) - first(other) || (one < other ? -1 : 1))
    .map((name) => `${path}/${name}`);
}

export async function writeExamples() {
  const rows = [];
  for (const file of EXAMPLES) {
    const sources = sourcesOf(file);
    if (sources.length === 0) throw new Error(`cannot show examples/${file}: it has no sources`);
    const summary = summaryOf(textOf(sources[0]));
    writePage(`/examples/${exampleName(file)}`, await pageOf(file, summary, sources));
    rows.push(`- [${exampleTitle(file)}](/examples/${exampleName(file)}): ${summary}`);
  }
  writePage("/examples/", `# Examples\n\n${INTRODUCTION}\n\n${rows.join("\n")}\n`);
}

const INTRODUCTION = `Each shows one idea and says what it prints, and all of them run in the tests. They stand in
[\`examples/\`](${REPOSITORY}/tree/main/examples) of the repository.`;

/** A program can be run above its text, which is long. */
async function pageOf(file, summary, sources) {
  const isProgram = extname(file) === ".metta";
  const live = isProgram ? `${await liveProgram(textOf(sources[0]))}\n\n` : "";
  const blocks = sources.map((path) => {
    const language = LANGUAGES[extname(path)];
    return `\`\`\`${language} [${path}]\n${textOf(path).trimEnd()}\n\`\`\``;
  });
  // Code is wide.
  return `---\naside: false\n---\n\n# ${exampleTitle(file)}\n\n${summary}\n\n${live}${blocks.join("\n\n")}\n`;
}

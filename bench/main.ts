/**
 * `npm run bench -- <suite>… [options of the suite]`: runs suites, prints their tables and writes
 * `bench/out/<suite>.json`. Exits with 1 when a suite fails to run; a missed target is only marked.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { type Figure, formatTable, reached, toJson } from "./figure.js";

interface Suite {
  run(options: readonly string[]): Promise<readonly Figure[]>;
}

const SUITES = [
  "environment",
  "storage",
  "spaces",
  "evaluator",
  "parallel",
  "regions",
  "store",
  "prediction",
  "web",
  "collector",
  "editor",
  "cluster",
];

async function main(argv: readonly string[]): Promise<number> {
  const firstOption = argv.findIndex((argument) => argument.startsWith("-"));
  const end = firstOption === -1 ? argv.length : firstOption;
  const names = argv.slice(0, end);
  const unknown = names.filter((name) => !SUITES.includes(name));
  if (names.length === 0 || unknown.length > 0) {
    for (const name of unknown) console.error(`bench: unknown suite ${name}`);
    console.error(`usage: npm run bench -- ${SUITES.join("|")}…`);
    return 2;
  }
  console.log(`${cpus()[0]?.model ?? "unknown processor"} × ${cpus().length}, ${runtime()}`);
  for (const name of names) await runSuite(name, argv.slice(end));
  return 0;
}

async function runSuite(name: string, options: readonly string[]): Promise<void> {
  const module = new URL(`./${name}.js`, import.meta.url);
  const suite = (await import(module.href)) as Suite;
  const figures = await suite.run(options);
  console.log(`\n${name}\n${formatTable(figures)}`);
  const missed = figures.filter((item) => reached(item) === false).length;
  const targets = figures.filter((item) => item.target !== undefined).length;
  console.log(`${targets - missed} of ${targets} targets reached`);
  mkdirSync("bench/out", { recursive: true });
  writeFileSync(`bench/out/${name}.json`, toJson(figures));
  console.log(`written to bench/out/${name}.json`);
}

function runtime(): string {
  return `Node.js ${process.versions.node}, V8 ${process.versions.v8}, ${process.platform}`;
}

process.exitCode = await main(process.argv.slice(2));

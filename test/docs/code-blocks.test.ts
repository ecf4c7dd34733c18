/**
 * What README.md and the guides show is what happens: code is a part of an example, and tests compile and run
 * all of these; programs are run; commands are run, or are scripts of the project.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../architecture/sources.js";
import { Programs } from "../cli/programs.js";
import { oxbow } from "../cli/terminal.js";

interface Block {
  readonly path: string;
  readonly language: string;
  readonly text: string;
}

/** Drawings have none. */
const LANGUAGES: ReadonlySet<string> = new Set(["ts", "js", "metta", "sh", "json", "text", ""]);

function filesIn(folder: string, pattern: RegExp): { path: string; text: string }[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => pattern.test(path) && !path.includes("node_modules"))
    .map((path) => join(folder, path).replaceAll("\\", "/"))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
}

const documents = [
  { path: "README.md", text: readFileSync(join(ROOT, "README.md"), "utf8") },
  ...filesIn("docs", /\.md$/),
];
const examples = filesIn("examples", /\.m?[jt]s$/).map(({ text }) => text);

const blocks: Block[] = documents.flatMap(({ path, text }) =>
  [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    path,
    language: match[1]!,
    text: match[2]!,
  })),
);
const named = (...languages: readonly string[]): (readonly [string, Block])[] =>
  blocks
    .filter(({ language }) => languages.includes(language))
    .map((block) => [`${block.path}: ${block.text.split("\n")[0]}`, block] as const);

const programs = new Programs();

describe("code in the documents", () => {
  it("is found, and in a language that is checked", () => {
    expect(named("ts", "js").length).toBeGreaterThan(10);
    expect(blocks.filter(({ language }) => !LANGUAGES.has(language))).toEqual([]);
    const fences = documents.flatMap(({ text }) => text.match(/^```/gm) ?? []);
    expect(fences).toHaveLength(2 * blocks.length);
  });

  it.each(named("ts", "js"))("is a part of an example: %s", (_title, { text }) => {
    expect(examples.some((example) => example.includes(text))).toBe(true);
  });

  it.each(named("json"))("can be read: %s", (_title, { text }) => {
    expect(JSON.parse(text)).toBeTypeOf("object");
  });

  it.each(named("metta"))("gives the results that it says: %s", async (_title, { text }) => {
    const questions = text.split("\n").filter((line) => line.startsWith("!"));
    const expected = questions.map((line) => /; (\[.*\])$/.exec(line)?.[1]);
    expect(expected.length).toBeGreaterThan(0);
    const { out, err, exitCode } = await oxbow(["run", programs.write("shown.metta", text)]);
    expect(out.trimEnd().split("\n")).toEqual(expected);
    expect({ err, exitCode }).toEqual({ err: "", exitCode: 0 });
  });
});

/** What commands of `oxbow store` show. */
const SHOWN: ReadonlyMap<string, string> = new Map([
  ["info", "1 snapshot"],
  ["verify", "sound"],
  ["compact", "→"],
  ["export", "→"],
  ["import", "1 snapshot"],
  ["diff", ""],
]);

/** Serves a page until it is interrupted, or needs a Redis: what these do, test/inspector, test/cli and test/cluster run. */
function isRunElsewhere([command = "", ...words]: readonly string[]): boolean {
  if (command === "playground" || command === "inspect") return true;
  return words.some((word) => /^(?:redis:\/\/|--inspect(?:=|$))/.test(word));
}

/** It is a command, with flags that it takes. */
async function expectFlags(words: readonly string[]): Promise<void> {
  const end = [...words, "-"].findIndex((word) => /^-|\./.test(word));
  const command = words.slice(0, end);
  const { out, exitCode } = await oxbow([...command, "--help"]);
  expect(exitCode).toBe(0);
  expect(out).toContain(`oxbow ${command.join(" ")}`);
  const flags = words.filter((word) => word.startsWith("--"));
  for (const flag of flags) expect(out).toContain(flag.replace(/=.*/, ""));
}

describe("commands in the documents", () => {
  const FAMILY = named("metta")[0]![1].text;
  const commands = named("sh").flatMap(([, { path, text }]) =>
    text
      .trimEnd()
      .split("\n")
      .flatMap((line) => line.replace(/\s+#.*$/, "").split(" && "))
      .map((command) => [path, command] as const),
  );
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };

  it("are found", () => {
    expect(commands.length).toBeGreaterThan(5);
  });

  it.each(commands)("%s: %s", async (path, command) => {
    const [tool, ...words] = command.split(" ");
    if (tool === "npm") {
      const [name = "", script = ""] = words;
      expect(name === "ci" || (name === "run" ? script : name) in scripts).toBe(true);
      return;
    }
    expect([tool, words[0]]).toEqual(["npx", "oxbow"]);
    if (isRunElsewhere(words.slice(1))) {
      await expectFlags(words.slice(1));
      return;
    }
    const files = new Map([
      ["family.metta", programs.write("family.metta", FAMILY)],
      // A store for each document.
      ["knowledge", programs.path(join("knowledge", path))],
      ["knowledge.oxbow", programs.path("knowledge.oxbow")],
      ["copy", programs.path("copy")],
      ["run.json", programs.path("run.json")],
    ]);
    const argv = words.slice(1).map((word) => files.get(word) ?? word);
    const { exitCode, out } = await oxbow(argv, { input: "!(+ 1 2)\n" });
    expect(exitCode).toBe(0);
    expect(out).toContain(words.length === 1 ? "[3]" : (SHOWN.get(words[2]!) ?? "Bob"));
  });

  it("and flags of the command, wherever they are named, are there", async () => {
    const helps = await Promise.all(
      ["run", "format", "worker"].map((name) => oxbow([name, "--help"])),
    );
    const help = helps.map(({ out }) => out).join("\n");
    const flags = documents.flatMap(({ path, text }) =>
      [...text.matchAll(/`(--[a-z][a-z-]*)/g)].map((match) => `${path}: ${match[1]}`),
    );
    expect(flags.length).toBeGreaterThan(3);
    expect(flags.filter((flag) => !help.includes(flag.split(": ")[1]!))).toEqual([]);
  });
});

describe("error codes in the documents", () => {
  it("are there", () => {
    const codes = readFileSync(join(ROOT, "src/base/errors.ts"), "utf8");
    const names = documents.flatMap(({ text }) => text.match(/\bERR_\w+/g) ?? []);
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !codes.includes(`"${name}"`))).toEqual([]);
  });
});

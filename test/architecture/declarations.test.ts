import { describe, expect, it } from "vitest";
import { type Declared, readEntry } from "./declarations.js";
import { callablesOf } from "./thrown.js";

/** The entries of the package, and the modules that they are. */
const ENTRIES = {
  oxbow: "index",
  "oxbow/containers": "containers/index",
  "oxbow/regions": "regions",
  "oxbow/cluster": "cluster/index",
  "oxbow/inspector": "inspector",
} as const;

const entries = Object.entries(ENTRIES).map(([name, module]) => ({ name, ...readEntry(module) }));
const exported = new Set(entries.flatMap((entry) => [...entry.exported.values()].map(keyOf)));

function keyOf(declared: Declared): string {
  return `${declared.module}#${declared.name}`;
}

describe.each(entries)("the declarations of $name", ({ name, exported: own }) => {
  it("are these: a change of them is a change for users", async () => {
    const blocks = [...own]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([as, { name: declared, text }]) =>
        as === declared ? text : `${text}\nexport { ${declared} as ${as} };`,
      );
    const file = `declarations/${name.replace("/", "-")}.d.ts.txt`;
    await expect(`${blocks.join("\n\n")}\n`).toMatchFileSnapshot(file);
  });

  it("have a comment each that says what it is", () => {
    expect([...own].filter(([, { doc }]) => doc === "").map(([as]) => as)).toEqual([]);
  });

  it("have a comment for each of their members, too", () => {
    const bare = [...own].flatMap(([as, { bareMembers }]) =>
      bareMembers.map((member) => `${as}.${member}`),
    );
    expect(bare).toEqual([]);
  });

  it("say of functions and methods which errors they throw", () => {
    const callables = [...own.values()].flatMap(({ module, name }) => callablesOf(module, name));
    expect(callables.some(({ codes }) => codes.length > 0)).toBe(true);
    const unsaid = callables.flatMap(({ name, doc, codes }) =>
      codes.filter((code) => !doc.includes(code)).map((code) => `${name}: ${code}`),
    );
    expect(unsaid).toEqual([]);
  });
});

describe("the declarations of all entries", () => {
  it("lead to nothing that no entry exports", () => {
    const reached = entries.flatMap((entry) => [...entry.reached.keys()]);
    const unnamed = new Set(reached.filter((key) => !exported.has(key)));
    expect([...unnamed]).toEqual([]);
  });

  it("are listed in docs/api.md with what they are", async () => {
    const sections = entries.map(({ name, exported: own }) => {
      const rows = [...own]
        .toSorted(([one], [other]) => (one.toLowerCase() < other.toLowerCase() ? -1 : 1))
        .map(
          ([as, declared]) =>
            `| \`${as}\` | ${kindOf(declared)} | ${firstSentence(declared.doc)} |`,
        );
      return `## \`${name}\`\n\n| name | is | what it is |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
    });
    await expect(`${API}\n${sections.join("\n")}`).toMatchFileSnapshot("../../docs/api.md");
  });
});

const API = `# The public names

Every name that the package exports. What is said here is the first sentence of a name's comment; an editor shows the whole, and
[\`embedding.md\`](embedding.md), [\`concurrency.md\`](concurrency.md) and [\`containers.md\`](containers.md) show how they go together.
This file is written by a test of the declarations (\`vitest run test/architecture -u\`).
`;

function kindOf({ text }: Declared): string {
  const [, kind] = /\b(class|interface|type|function|const)\b/.exec(text) ?? [];
  return kind === "interface" ? "type" : kind === "const" ? "constant" : (kind ?? "");
}

/** Without its full stop; what stands in a table has its bars escaped. */
function firstSentence(doc: string): string {
  return /^(.*?)(?:\.(?= |$)|$)/.exec(doc)![1]!.replaceAll("|", "\\|");
}

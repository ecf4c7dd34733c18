import { describe, expect, it } from "vitest";
import { type Declared, readEntry } from "./declarations.js";

/** The entries of the package, and the modules that they are. */
const ENTRIES = { oxbow: "index", "oxbow/containers": "containers/index" } as const;

/**
 * Declarations that the public ones lead to without being public themselves, so that users see them and cannot
 * name them. The list may only become shorter.
 */
const UNNAMED: readonly string[] = [
  "base/address#Address",
  "containers/json-text#Scalar",
  "containers/json-text#ShareablePart",
  "containers/map-reader#EntryReader",
  "environment/handle#Handle",
  "environment/handle#Rare",
  "environment/pin#Pin",
  "environment/query#StoredRule",
  "environment/relation-key#RelationKey",
  "environment/workspace#Store",
  "eval/branches#Branches",
  "eval/branches#Detached",
  "eval/branches#OrderKey",
  "eval/branches#Outcome",
  "eval/branches#Scope",
  "eval/branches#Waiting",
  "eval/budget#Allowance",
  "eval/budget#Budget",
  "eval/compile/relation-code#Later",
  "eval/compile/relation-code#RelationCode",
  "eval/evaluation-context#EvaluationContext",
  "eval/evaluator#Evaluator",
  "eval/library#Definition",
  "eval/library#SpecialForm",
  "eval/limits#LimitValues",
  "eval/machine#ChoicePoint",
  "eval/machine#Frame",
  "eval/machine#Interpret",
  "eval/machine#Interpreter",
  "eval/machine#Machine",
  "eval/machine#Pending",
  "eval/permissions#Permissions",
  "eval/prepared#Preparations",
  "eval/prepared#PreparedRules",
  "eval/rules#PreparedRule",
  "eval/rules#RuleCache",
  "eval/rules#RuleSource",
  "eval/rules#Slots",
  "eval/type-match#TypeFound",
  "eval/types#Applicable",
  "eval/types#Declared",
  "eval/types#TypeCache",
  "memory/handle-net#HandleNet",
  "memory/handle-net#NettedEntry",
  "memory/handle-net#Page",
  "memory/layout#LocalHeap",
  "memory/ledger#LedgerSlot",
  "memory/region#PackedReference",
  "memory/region#State",
  "memory/region-net#NettedHandle",
  "memory/region-net#NettedState",
  "memory/region-net#RegionReport",
  "memory/scope#Scoped",
  "parallel/blocking#BlockingOptions",
  "parallel/board#ThreadCounters",
  "parallel/host-locks#HostLocks",
  "parallel/host-locks#RecoverableLock",
  "parallel/pool-call#OnBranch",
  "parallel/pool-call#StreamedBranch",
  "parallel/site#BranchReply",
  "parallel/site#BranchRequest",
  "parallel/site#Fork",
  "parallel/site#ForkRequest",
  "parallel/site#ForkResult",
  "parallel/site#RunningBranch",
  "parallel/threads#ResourceLimits",
  "parallel/trace#Trace",
  "term/printer#ShowState",
  "term/sharing#Classes",
  "term/solutions#Solutions",
  "term/symbols#Symbols",
  "term/trail#SameStates",
  "term/trail#SpaceMatches",
  "term/trail#Trail",
  "term/vocabulary#Vocabulary",
];

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
});

describe("the declarations of all entries", () => {
  it("lead to nothing that no entry exports", () => {
    const reached = entries.flatMap((entry) => [...entry.reached.keys()]);
    const unnamed = new Set(reached.filter((key) => !exported.has(key)));
    expect([...unnamed].toSorted()).toEqual(UNNAMED);
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

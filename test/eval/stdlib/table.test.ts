import { expect, test } from "vitest";
import { catalogOperations } from "../../../src/eval/stdlib/catalog.js";
import { fileOperations } from "../../../src/eval/stdlib/fileio.js";
import { JSON_OPERATIONS } from "../../../src/eval/stdlib/json.js";
import { RANDOM } from "../../../src/eval/stdlib/random.js";
import { SKEL_OPERATIONS } from "../../../src/eval/stdlib/skel.js";
import { parallelLibrary } from "../../../src/parallel/library.js";
import type { Atom } from "../../../src/term/atom.js";
import { print } from "../../../src/term/printer.js";

interface Entry {
  readonly name: string;
  readonly type: Atom;
  readonly summary: string;
}

function table(title: string, entries: readonly Entry[]): string {
  const code = (text: string): string => `\`${text.replaceAll("|", "\\|")}\``;
  const rows = entries.map(
    ({ name, type, summary }) => `| ${code(name)} | ${code(print(type))} | ${summary} |`,
  );
  return [`## ${title}`, "", "| name | type | |", "| --- | --- | --- |", ...rows, ""].join("\n");
}

const HEAD = `# The standard library

Generated from the library itself by \`npx vitest run test/eval/stdlib/table.test.ts -u\`.
`;

test("docs/stdlib.md lists every operation with its type", async () => {
  const text = [
    HEAD,
    table("Always there", parallelLibrary().entries()),
    table("Module random", RANDOM),
    table("Module json", JSON_OPERATIONS),
    table("Module fileio", fileOperations({})),
    table("Module catalog", catalogOperations({}, [])),
    table("Module skel", SKEL_OPERATIONS),
  ].join("\n");
  await expect(text).toMatchFileSnapshot("../../../docs/stdlib.md");
});

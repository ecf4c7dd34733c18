import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { oxbow } from "../cli/terminal.js";

const folder = fileURLToPath(new URL("../../examples/", import.meta.url));
/** But the playground, which is an application with tests of its own. */
const names = readdirSync(folder)
  .filter((name) => name !== "playground")
  .toSorted();

function read(name: string): string {
  return readFileSync(join(folder, name), "utf8");
}

describe("the examples", () => {
  it("are numbered, each with a number of its own, beginning with 01", () => {
    const numbers = names.map((name) => /^(\d\d)-/.exec(name)?.[1]);
    expect(numbers).not.toContain(undefined);
    expect(new Set(numbers).size).toBe(names.length);
    expect(numbers[0]).toBe("01");
  });

  it.each(names.filter((name) => name.endsWith(".metta")))(
    "%s prints what it says",
    async (name) => {
      const expected = [...read(name).matchAll(/^; (\[.*\])$/gm)].map((match) => match[1]);
      const { out, exitCode } = await oxbow(["run", join(folder, name)]);
      expect(out.trimEnd().split("\n")).toEqual(expected);
      expect(exitCode).toBe(0);
    },
  );

  it.each(names.filter((name) => name.endsWith(".ts")))("%s prints what it says", async (name) => {
    const comment = read(name).split("// Prints:\n")[1] ?? "";
    const expected = comment.trimEnd().replace(/^\/\/ ?/gm, "");
    const printed: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => {
      printed.push(values.join(" "));
    });
    try {
      await import(join(folder, name));
    } finally {
      log.mockRestore();
    }
    expect(printed.join("\n")).toBe(expected);
  });
});

describe("the README", () => {
  it("begins with the first example as it stands", () => {
    const readme = readFileSync(join(folder, "..", "README.md"), "utf8");
    const block = /```ts\n([\s\S]*?)```/.exec(readme)![1];
    expect(block).toBe(read(names[0]!));
  });
});

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasTool, pathOf } from "../tools.js";

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

describe.skipIf(!hasTool("neovim"))("Neovim, with what docs/editors.md says", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "oxbow-neovim-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("shows a slip, follows its correction, explains, finds, runs and formats", () => {
    const program = join(folder, "half.metta");
    const told = join(folder, "told.json");
    writeFileSync(program, "(=  (half $x) (/ $x 2))\n!(haf 3)\n");
    const command = JSON.stringify([process.execPath, path("dist/src/command/oxbow.js"), "lsp"]);
    const run = spawnSync(
      pathOf("neovim"),
      [
        "--headless",
        "--clean",
        "--cmd",
        `let g:oxbow_command = ${command}`,
        "-c",
        `luafile ${path("editors/neovim/oxbow.lua")}`,
        "-c",
        `luafile ${path("test/lsp/neovim.lua")}`,
        // Where the script fails the editor would stay.
        "-c",
        "cquit",
      ],
      {
        encoding: "utf8",
        timeout: 50_000,
        env: { ...process.env, HOME: folder, OXBOW_PROGRAM: program, OXBOW_TOLD: told },
      },
    );
    expect({ status: run.status, err: run.stderr }).toMatchObject({ status: 0 });
    expect(JSON.parse(readFileSync(told, "utf8"))).toMatchObject({
      filetype: "metta",
      diagnostic: "nothing is known of haf; did you mean half?",
      hover: expect.stringContaining("(half $x)"),
      definition: { range: { start: { line: 0, character: 5 } } },
      run: "[1]",
      text: "(= (half $x) (/ $x 2))\n!(half 3)",
    });
  });
});

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { History, historyFile } from "../../../src/cli/repl/history.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "oxbow-history-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("History", () => {
  it("keeps inputs, those of several lines included, for the next session", () => {
    const file = join(folder, "deep", "history.jsonl");
    const history = new History(file);
    history.add("(a)");
    history.add("(b\n  c)");
    expect(new History(file).entries).toEqual(["(a)", "(b\n  c)"]);
  });

  it("leaves out blanks and repetitions", () => {
    const history = new History(join(folder, "history"));
    for (const input of ["(a)", "(a)", "  ", "(b)", "(a)"]) history.add(input);
    expect(history.entries).toEqual(["(a)", "(b)", "(a)"]);
  });

  it("keeps the last thousand", () => {
    const file = join(folder, "history");
    const history = new History(file);
    for (let index = 0; index < 1100; index += 1) history.add(`(a ${index})`);
    expect(history.entries).toHaveLength(1000);
    expect(readFileSync(file, "utf8").split("\n")[0]).toBe('"(a 100)"');
  });

  it("survives a file that cannot be read or written", () => {
    writeFileSync(join(folder, "broken"), 'nonsense\n"(a)"\n7\n');
    expect(new History(join(folder, "broken")).entries).toEqual(["(a)"]);
    const history = new History(join(folder, "broken", "below-a-file"));
    history.add("(b)");
    expect(history.entries).toEqual(["(b)"]);
  });

  it("is kept nowhere when there is no file", () => {
    new History(undefined).add("(a)");
    expect(existsSync(join(folder, "history"))).toBe(false);
  });
});

describe("historyFile", () => {
  it("follows OXBOW_HISTORY, then XDG_STATE_HOME", () => {
    expect(historyFile({ OXBOW_HISTORY: "/h", XDG_STATE_HOME: "/s" })).toBe("/h");
    expect(historyFile({ OXBOW_HISTORY: "" })).toBeUndefined();
    expect(historyFile({ XDG_STATE_HOME: "/s" })).toBe("/s/oxbow/history.jsonl");
    expect(historyFile({})).toMatch(/\.local.state.oxbow.history\.jsonl$/);
  });
});

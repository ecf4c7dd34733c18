import { describe, expect, it } from "vitest";
import { Programs } from "../programs.js";
import { oxbow } from "../terminal.js";

const programs = new Programs();

/** What a session shows for this input. */
async function session(...lines: string[]): Promise<{ out: string[]; err: string }> {
  const { out, err } = await oxbow([], { input: lines.map((line) => `${line}\n`).join("") });
  return { out: out.trimEnd().split("\n"), err };
}

describe("a session with a store", () => {
  it("has what was saved in an earlier session, and not what was not", async () => {
    const store = programs.path("kept");
    const first = await session(
      `:open ${store}`,
      "(= (double $x) (* 2 $x))",
      ":save rules",
      "(lost)",
    );
    expect(first.out.at(-1)).toBe("snapshot 1");
    expect(first.err).toBe("what was entered is not saved\n");
    const second = await session(`:open ${store}`, "!(double 4)", "!(match &self (lost) yes)");
    expect(second).toMatchObject({ out: [expect.any(String), "[8]", "[]"], err: "" });
  });

  it("branches from a snapshot, and what is written there changes nothing that is kept", async () => {
    const store = programs.path("branched");
    const { out, err } = await session(
      `:open ${store}`,
      "(n 1)",
      ":save one",
      "(n 2)",
      ":save",
      ":snapshots",
      ":branch one",
      "!(match &self (n $x) $x)",
      "(n 3)",
      ":save",
    );
    expect(out.slice(1, 5)).toEqual([
      "snapshot 1",
      "snapshot 2",
      expect.stringMatching(/^1 · .* · one$/),
      expect.stringMatching(/^2 · /),
    ]);
    expect(out.at(-1)).toBe("[1]");
    expect(err).toBe(
      "there is no store; :save DIR makes one of this session, :open DIR opens one\n",
    );
    const again = await session(`:open ${store}`, "!(match &self (n $x) $x)");
    expect(again.out.at(-1)).toBe("[1, 2]");
  });

  it("does not leave what was entered for another environment before it is saved", async () => {
    const { out, err } = await session(
      "(a)",
      `:open ${programs.path("other")}`,
      "!(match &self (a) yes)",
    );
    expect(out).toEqual(["[yes]"]);
    expect(err).toContain("what was entered is not saved, and would be lost");
  });

  it("goes on where it was if there is no such snapshot", async () => {
    const { out, err } = await session(
      `:open ${programs.path("third")}`,
      "(a)",
      ":save",
      ":branch none",
      "(b)",
      ":save",
    );
    expect(out.slice(1)).toEqual(["snapshot 1", "snapshot 2"]);
    expect(err).toContain("cannot open snapshot none");
  });

  it("makes a store of a session that has none, and goes on in it", async () => {
    const store = programs.path("late");
    const first = await session(
      "(= (double $x) (* 2 $x))",
      "!(bind! &kb (new-space))",
      "!(add-atom &kb (kept))",
      `:save ${store}`,
      "(more)",
      ":save monday",
      ":snapshots",
    );
    expect(first.err).toBe("");
    expect(first.out.slice(2)).toEqual([
      `${store} is made and open`,
      "snapshot 2",
      expect.stringMatching(/^1 · /),
      expect.stringMatching(/^2 · .* · monday$/),
    ]);
    const second = await session(
      `:open ${store}`,
      "!(double 4)",
      "!(match &kb (kept) yes)",
      "!(match &self (more) yes)",
    );
    expect(second.out.slice(1)).toEqual(["[8]", "[yes]", "[yes]"]);
  });

  it("makes a store of a branch, and none where there is one", async () => {
    const [store, other] = [programs.path("trunk"), programs.path("twig")];
    const { out, err } = await session(
      "(n 1)",
      `:save ${store}`,
      ":branch 1",
      "(n 2)",
      `:save ${store}`,
      `:save ${other}`,
    );
    expect(out.at(-1)).toBe(`${other} is made and open`);
    expect(err).toBe(`oxbow: cannot create a store: there is a store in ${store}\n`);
    const again = await session(`:open ${other}`, "!(match &self (n $x) $x)");
    expect(again.out.at(-1)).toBe("[1, 2]");
    const kept = await session(`:open ${store}`, "!(match &self (n $x) $x)");
    expect(kept.out.at(-1)).toBe("[1]");
  });
});

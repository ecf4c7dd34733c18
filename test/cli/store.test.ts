import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Store } from "../../src/persist/store.js";
import { parseAtom } from "../../src/term/parser.js";
import { Programs } from "./programs.js";
import { oxbow } from "./terminal.js";

const programs = new Programs();
let stores = 0;

/** The directory of a store that is not there yet. */
function fresh(): string {
  stores += 1;
  return programs.path(`store-${stores}`);
}

/** Runs program text in a store. */
function run(store: string, text: string, ...flags: string[]): ReturnType<typeof oxbow> {
  return oxbow(["run", "--store", store, ...flags, programs.write(`run-${stores}.metta`, text)]);
}

describe("oxbow run --store", () => {
  it("has facts, rules, types, states, spaces and words of earlier runs", async () => {
    const store = fresh();
    const first = await run(
      store,
      `(edge a b) (: f (-> Symbol Symbol)) (= (f $x) (match &self (edge $x $y) $y))
       !(bind! &kb (new-space)) !(add-atom &kb (kept here))
       !(bind! &count (new-state 41)) !(change-state! &count 42)`,
    );
    expect(first).toMatchObject({ exitCode: 0, err: "" });
    const text = "!(f a) !(match &kb (kept $x) $x) !(get-state &count) !(get-type f)";
    const lines = "[b]\n[here]\n[42]\n[(-> Symbol Symbol)]\n";
    expect(await run(store, text)).toEqual({ exitCode: 0, out: lines, err: "" });
    expect((await run(store, text, "--threads", "2")).out).toBe(lines);
  });

  it("keeps a file that came to its end, also if a limit stopped a '!' in it, which has written nothing", async () => {
    const store = fresh();
    const text = `(before) (= (loop $n) (loop (+ $n 1)))
      !(let $_ (add-atom &self (inside)) (loop 0))
      (behind)`;
    expect((await run(store, text, "--max-steps", "1000")).exitCode).toBe(3);
    const { out } = await run(
      store,
      "!(match &self (before) yes) !(match &self (inside) yes) !(match &self (behind) yes)",
    );
    expect(out).toBe("[yes]\n[]\n[yes]\n");
  });

  it.each([
    ["a syntax error", "(fact) (", 2, []],
    ["an import that fails", "(fact) !(import! &self missing)", 2, []],
    ["--stop-on-error", "(fact) !(/ 1 0) (more)", 0, ["--stop-on-error"]],
  ] as const)(
    "keeps nothing of a file that ends early by %s, and what came before it",
    async (_, text, exitCode, flags) => {
      const store = fresh();
      const good = programs.write("good.metta", "(good)");
      const bad = programs.write("bad.metta", text);
      expect((await oxbow(["run", ...flags, "--store", store, good, bad])).exitCode).toBe(exitCode);
      const { out } = await run(store, "!(match &self (good) yes) !(match &self (fact) yes)");
      expect(out).toBe("[yes]\n[]\n");
    },
  );

  it("keeps what came before snapshot!, whatever becomes of the file, and the state of that moment under its name", async () => {
    const store = fresh();
    const text = `(one) !(snapshot! monday) (two) !(import! &self missing)`;
    const { out, exitCode } = await run(store, text);
    expect({ out: out.split("\n")[0], exitCode }).toEqual({ out: "[1]", exitCode: 2 });
    expect(
      (await run(store, "(three) !(match &self (one) yes) !(match &self (two) yes)")).out,
    ).toBe("[yes]\n[]\n");
    const { environment } = await Store.read(store, "monday");
    expect([...environment.atoms()].map(String)).toEqual(["(one)"]);
    environment.dispose();
  });

  it("takes snapshots on the program's own thread, with any number of threads", async () => {
    const store = fresh();
    const text =
      "(one) !(+ 1 1) !(snapshot! a) !(add-atom &self (two)) !(snapshot! a) !(match &self (two) yes)";
    expect((await run(store, text, "--threads", "2")).out).toBe("[2]\n[1]\n[()]\n[2]\n[yes]\n");
  });

  it("refuses snapshot! to a program without a store", async () => {
    const path = programs.write("none.metta", "!(snapshot! monday)");
    const line =
      "[(Error (snapshot! monday) snapshot! is not permitted: the program has no store)]\n";
    expect((await oxbow(["run", path])).out).toBe(line);
    expect((await oxbow(["run", "--threads", "2", path])).out).toBe(line);
  });

  it("refuses a name of a snapshot that is none", async () => {
    const { out } = await run(fresh(), "!(snapshot! (a b))");
    expect(out).toContain("a snapshot's name is a symbol or a string, not (a b)");
  });

  it("shows the reductions of a program that has a store", async () => {
    const { out } = await run(fresh(), "(= (f $x) (g $x)) !(f 1)", "--explain");
    expect(out).toContain("(g 1)");
  });

  it("reads the rules of a store that bind words as it reads those of a text, with any number of threads", async () => {
    const store = fresh();
    await run(store, "(= (name $x) (bind! &w $x))");
    expect((await run(store, "!(name 7) ! &w", "--threads", "2")).out).toBe("[()]\n[7]\n");
  });
});

describe("oxbow store", () => {
  it("lists the snapshots that are kept, with their names", async () => {
    const store = fresh();
    await run(store, "(a) !(snapshot! monday) (b)");
    const { out, exitCode } = await oxbow(["store", "info", store]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(
      /^1 · \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC · .* · monday\n2 · .*\n2 snapshots · /,
    );
  });

  it("looks at a store while another process writes it", async () => {
    const store = fresh();
    await using open = await Store.open(store, { durability: "commit" });
    await open.snapshot();
    await open.commit((env) => env.add(parseAtom("(committed)")));
    expect((await oxbow(["store", "info", store])).out).toMatch(/^1 · .*\n1 snapshot · .* · log /);
    expect((await oxbow(["store", "verify", store])).out).toEqual(
      expect.stringMatching(/^1 snapshot · .* · sound\n$/),
    );
  });

  it("says what is damaged and where, with an exit code of its own", async () => {
    const store = fresh();
    await run(store, "(a) (b)");
    expect(await oxbow(["store", "verify", store])).toMatchObject({ exitCode: 0, err: "" });
    const path = join(store, "data");
    const bytes = readFileSync(path);
    bytes[2 * 4096 + 100]! ^= 1;
    writeFileSync(path, bytes);
    const { exitCode, err } = await oxbow(["store", "verify", store]);
    expect(exitCode).toBe(5);
    expect(err).toBe(
      "oxbow: cannot read data: a page has the wrong checksum at byte 8192 (nothing was changed)\n",
    );
  });

  it("makes a file smaller", async () => {
    const store = fresh();
    await run(store, "(a)");
    expect(await oxbow(["store", "compact", store])).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^[\d.]+ KiB → [\d.]+ KiB\n$/),
    });
    expect((await oxbow(["store", "verify", store])).exitCode).toBe(0);
  });

  it("writes a portable file, makes a store of it, and shows how snapshots differ", async () => {
    const [store, copy, file] = [fresh(), fresh(), programs.path("knowledge.oxbow")];
    await run(store, "(a) (b) !(snapshot! before) (c) !(remove-atom &self (a))");
    const written = await oxbow(["store", "export", store, file]);
    expect(written).toMatchObject({ exitCode: 0, err: "" });
    expect(written.out).toMatch(/knowledge\.oxbow · .* → .*\n$/);
    expect((await oxbow(["store", "import", copy, file])).out).toContain("1 snapshot");
    expect((await run(copy, "!(match &self (c) yes)")).out).toBe("[yes]\n");
    const again = await oxbow(["store", "import", copy, file]);
    expect(again).toMatchObject({ exitCode: 2, out: "" });
    expect(again.err).toContain("there is a store in");
    expect((await oxbow(["store", "diff", store, "before"])).out).toBe("- (a)\n+ (c)\n");
    expect((await oxbow(["store", "diff", store, "2", "before"])).out).toBe("- (c)\n+ (a)\n");
    await run(store, "!(bind! &kb (new-space)) !(add-atom &kb (inside))");
    const spaces = await oxbow(["store", "diff", store, "before"]);
    expect(spaces.out).toBe("- (a)\n+ (c)\n+ (inside) in &kb\n");
    const unknown = await oxbow(["store", "diff", store, "never"]);
    expect(unknown).toMatchObject({ exitCode: 2, out: "" });
    expect(unknown.err).toContain("cannot open snapshot never");
  });

  it("exports what is there without another snapshot, and says why it cannot", async () => {
    const store = fresh();
    await run(store, "(a)");
    await oxbow(["store", "export", store, programs.path("once.oxbow")]);
    expect((await oxbow(["store", "info", store])).out).toContain("1 snapshot");
    const path = programs.path("missing/knowledge.oxbow");
    const { exitCode, err } = await oxbow(["store", "export", store, path]);
    expect(exitCode).toBe(2);
    expect(err).toBe(
      `oxbow: cannot export to ${path}: ENOENT: no such file or directory (nothing was written there, and the store is as it was)\n`,
    );
  });

  it("makes nothing of what is no exported file", async () => {
    const store = fresh();
    const path = programs.write("text.metta", "(long enough to be taken for a header of a file)");
    expect(await oxbow(["store", "import", store, path])).toMatchObject({
      exitCode: 5,
      err: expect.stringContaining("this is no exported store"),
    });
    expect(existsSync(store)).toBe(false);
  });

  it("says that a file is no directory of a store", async () => {
    const path = programs.write("file.metta", "(a)");
    expect(await oxbow(["run", "--store", path, path])).toMatchObject({
      exitCode: 2,
      err: `oxbow: cannot open a store: ${path} is a file, and a store is a directory\n`,
    });
  });

  it.each(["info", "verify", "compact"])(
    "%s says that there is no store, and makes none",
    async (name) => {
      const store = fresh();
      expect(await oxbow(["store", name, store])).toEqual({
        exitCode: 2,
        out: "",
        err: `oxbow: cannot read a store: there is none in ${store}\n`,
      });
      expect(existsSync(store)).toBe(false);
    },
  );
});

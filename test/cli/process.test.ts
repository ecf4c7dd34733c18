import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oxbow-process-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Writes a program and gives its path. */
function program(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("the built command", () => {
  const main = fileURLToPath(new URL("../../dist/src/command/oxbow.js", import.meta.url));

  it("ends quietly when its reader closes the pipe", () => {
    const lines = "!(superpose (1 2 3))\n".repeat(5000);
    const path = program("long.metta", lines);
    const script = `set -o pipefail; "$0" "$1" run "$2" | head -n 1`;
    const run = spawnSync("bash", ["-c", script, process.execPath, main, path], {
      encoding: "utf8",
    });
    expect(run.stderr).toBe("");
    expect(run.stdout).toBe("[1, 2, 3]\n");
    expect(run.status).toBe(0);
  });

  it("gives its exit code to the shell", () => {
    const run = spawnSync(process.execPath, [main, "run", "--nonsense"], { encoding: "utf8" });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain("--nonsense");
  });

  it("reads an interactive session's input from a pipe and ends with it", () => {
    const run = spawnSync(process.execPath, [main], { input: "!(+ 1 2)\n", encoding: "utf8" });
    expect({ out: run.stdout, status: run.status }).toEqual({ out: "[3]\n", status: 0 });
  });

  it("runs a program from a pipe, and loads what only that takes", () => {
    const run = spawnSync(process.execPath, [main, "run", "-"], {
      input: "!(+ 1 2)\n",
      encoding: "utf8",
    });
    expect({ out: run.stdout, err: run.stderr }).toEqual({ out: "[3]\n", err: "" });
  });

  it("keeps what both branches of a first fork write, on two threads", () => {
    const path = program(
      "fork.metta",
      "!(par (add-atom &self (a)) (add-atom &self (b)))\n!(collapse (get-atoms &self))",
    );
    const run = spawnSync(process.execPath, [main, "run", "--threads", "2", path], {
      encoding: "utf8",
    });
    expect(run.stdout).toBe("[(() ())]\n[((a) (b))]\n");
  });

  it("evaluates where a process may not generate code", () => {
    const path = program("no-code.metta", "(= (f $n) (if (== $n 0) done (f (- $n 1)))) !(f 1000)");
    const run = spawnSync(
      process.execPath,
      ["--disallow-code-generation-from-strings", main, "run", path],
      { encoding: "utf8" },
    );
    expect({ out: run.stdout, err: run.stderr }).toEqual({ out: "[done]\n", err: "" });
  });

  it("goes on after an evaluation that would have filled the memory", () => {
    const path = program("endless.metta", "(= (f $n) (+ 1 (f (+ $n 1)))) !(f 1) !(+ 1 2)");
    const run = spawnSync(process.execPath, ["--max-old-space-size=400", main, "run", path], {
      encoding: "utf8",
    });
    expect(run.stdout).toMatch(/^\[\]\nstopped: maxHeapBytes, [^\n]*\n\[3\]\n$/);
    expect(run.status).toBe(3);
  });

  it("gives the same on one thread and on two", () => {
    const path = program(
      "threads.metta",
      `(= (fib $n) (if (< $n 2) $n (+ (fib (- $n 1)) (fib (- $n 2)))))
       !(fib 10) !(println! "hello") !(add-atom &self (seen 1)) !(/ 1 0)
       (seen 2)
       !(match &self (seen $x) $x)
       !(superpose (1 2 3))`,
    );
    const run = (threads: string) =>
      spawnSync(process.execPath, [main, "run", path, "--threads", threads, "--time"], {
        encoding: "utf8",
      });
    const [one, two] = [run("1"), run("2")];
    expect(two.stdout).toBe(one.stdout);
    expect(one.stdout).toContain("[55]");
    expect([one.status, two.status]).toEqual([0, 0]);
    expect(one.stderr).toMatch(/^1 thread · /);
    expect(two.stderr).toMatch(/^2 threads · .*\n\d+ branches · .*steal/);
  });

  const COUNT = "(= (count $n) (if (== $n 0) done (count (- $n 1))))";

  it("gives with as many threads as there are cores, which join a fork, what one thread gives", () => {
    const branches = Array.from(
      { length: 8 },
      (_, index) =>
        `(let $u (count ${400_000 + index}) (let $v (add-atom &self (was ${index})) ${index}))`,
    );
    const path = program(
      "join.metta",
      `${COUNT} !(println! "first") !(hyperpose (${branches.join(" ")})) !(match &self (was $n) $n)`,
    );
    const run = (...flags: string[]) =>
      spawnSync(process.execPath, [main, "run", path, ...flags], { encoding: "utf8" });
    const one = run("--threads", "1");
    expect(one.stdout).toBe("first\n[()]\n[0, 1, 2, 3, 4, 5, 6, 7]\n[0, 1, 2, 3, 4, 5, 6, 7]\n");
    for (const flags of [[], ["--threads", "2"], ["--threads", "5"]]) {
      const { stdout, stderr, status } = run(...flags);
      expect({ stdout, stderr, status }).toEqual({ stdout: one.stdout, stderr: "", status: 0 });
    }
  });

  it.each([400_000, 900_000])(
    "ends quietly with threads that are starting, after a fork of %d steps and after a limit",
    (steps) => {
      const path = program("starting.metta", `${COUNT} !(par (count ${steps}) (count ${steps}))`);
      const run = (...flags: string[]) =>
        spawnSync(process.execPath, [main, "run", path, "--threads", "3", ...flags], {
          encoding: "utf8",
        });
      expect(run()).toMatchObject({ stdout: "[(done done)]\n", stderr: "", status: 0 });
      const limited = run("--max-steps", `${steps + 1000}`);
      expect(limited.stdout).toContain("stopped: maxSteps");
      expect([limited.stderr, limited.status]).toEqual(["", 3]);
    },
  );

  it("is ended by Ctrl-C while it evaluates and threads are starting", async () => {
    const path = program(
      "endless.metta",
      "(= (loop) (loop)) !(println! begun) !(par (loop) (loop) (loop))",
    );
    const run = spawn(process.execPath, [main, "run", path]);
    await once(run.stdout, "data");
    run.kill("SIGINT");
    expect(await once(run, "exit")).toEqual([null, "SIGINT"]);
  });

  it.each([
    "(= (set) (bind! &x 5)) !(set) !(+ &x 1)",
    "(= (load) (import! &self rules)) !(load) !(shared 1)",
    "(= (load) (import! &self setting)) !(import! &self setting) !(set) !(+ &x 1)",
    "!(add-atom &self (= (set) (bind! &x 5))) !(set) !(+ &x 1)",
    "!(let $set (bind! &x 5) $set) !(+ &x 1)",
  ])("reads on two threads what stands behind a rule that changes words: %s", (text) => {
    program("rules.metta", "(= (shared $x) (+ $x 1))");
    program("setting.metta", "(= (set) (bind! &x 5))");
    const path = program("words.metta", text);
    const run = (threads: string) =>
      spawnSync(process.execPath, [main, "run", path, "--threads", threads], { encoding: "utf8" });
    expect(run("2").stdout).toBe(run("1").stdout);
  });

  it("writes a trace of what the threads did with --trace-events", () => {
    const path = program("trace.metta", "!(+ 1 2)\n!(+ 3 4)\n");
    const file = join(folder, "trace.json");
    const run = spawnSync(process.execPath, [main, "run", path, "--trace-events", file]);
    expect(run.status).toBe(0);
    const trace: { traceEvents: { name: string; ph: string }[] } = JSON.parse(
      readFileSync(file, "utf8"),
    );
    const names = trace.traceEvents.filter(({ ph }) => ph === "X").map(({ name }) => name);
    expect(names).toContain("(+ 1 2)");
    expect(names).toContain("(+ 3 4)");
  });

  it("writes how the environment lies in memory with --inspect-file", () => {
    const path = program("shape.metta", "(edge a b)\n(edge b c)\n!(match &self (edge $x c) $x)\n");
    const file = join(folder, "shape.json");
    const run = spawnSync(process.execPath, [main, "run", path, "--inspect-file", file]);
    expect(run.status).toBe(0);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      atoms: 2,
      relations: [{ kind: "fact", head: "edge", length: 3, atoms: 2, rows: [{ liveRows: 2 }] }],
    });
  });

  it("shows with --profile what the rules have cost, on all threads, and where they stand", () => {
    const rules =
      "(= (fib $n) (if (< $n 2) $n (+ (fib (- $n 1)) (fib (- $n 2)))))\n(= (never) 1)\n";
    const path = program("profile.metta", `${rules}!(fib 12)\n!(hyperpose ((fib 10) (fib 10)))\n`);
    const run = spawnSync(process.execPath, [main, "run", path, "--profile"], { encoding: "utf8" });
    expect({ out: run.stdout, status: run.status }).toEqual({
      out: "[144]\n[55, 55]\n",
      status: 0,
    });
    // 465 calls for 12, and 177 for 10.
    expect(run.stderr).toMatch(/ 819 {2}\(= \(fib \$n\) .*profile\.metta:1:1/);
    expect(run.stderr).not.toContain("never");
  });
});

import { describe, expect, it } from "vitest";
import { Programs } from "./programs.js";
import { oxbow } from "./terminal.js";

const programs = new Programs();
const COUNT = "(= (count $n) (superpose ($n (count (+ $n 1)))))";

describe("oxbow run with limits", () => {
  it.each([
    ["--max-steps=3", "[1, 2, 3]", "stopped: maxSteps, after 3 steps (--max-steps)"],
    ["--max-results=2", "[1, 2]", "stopped: maxResults, after 2 results (--max-results)"],
  ])(
    "%s prints what was found and what stopped it, and exits with 3",
    async (flag, found, says) => {
      const path = programs.write("count.metta", `${COUNT}\n!(count 1)\n!(+ 1 2)\n`);
      const { exitCode, out, err } = await oxbow(["run", flag, path]);
      expect(out.split("\n")).toEqual([found, says, "[3]", ""]);
      expect({ exitCode, err }).toEqual({ exitCode: 3, err: "" });
    },
  );

  it("--max-time stops a loop that gives nothing, and the program goes on", async () => {
    const path = programs.write("loop.metta", "(= (loop $n) (loop (+ $n 1)))\n!(loop 0)\n!(+ 1 2)");
    const { exitCode, out } = await oxbow(["run", "--max-time", "50ms", path]);
    expect(out).toBe("[]\nstopped: maxTimeMs, after 50 ms (--max-time)\n[3]\n");
    expect(exitCode).toBe(3);
  });

  it("--max-memory stops a recursion without end", async () => {
    const path = programs.write("deep.metta", "(= (deep $n) (+ 1 (deep (+ $n 1))))\n!(deep 0)");
    const { exitCode, out } = await oxbow(["run", "--max-memory", "100MiB", path]);
    expect(out).toBe("[]\nstopped: maxHeapBytes, at 100 MiB (--max-memory)\n");
    expect(exitCode).toBe(3);
  });

  it("names the limit in --json", async () => {
    const path = programs.write("json.metta", `${COUNT}\n!(count 1)`);
    const { out, exitCode } = await oxbow(["run", "--json", "--max-results=2", path]);
    expect(JSON.parse(out)).toEqual({
      file: path,
      line: 2,
      column: 1,
      results: ["1", "2"],
      stopped: "maxResults",
    });
    expect(exitCode).toBe(3);
  });

  it("gives on two threads what it gives on one, what a stopped '!' wrote taken back", async () => {
    const path = programs.write(
      "writes.metta",
      `${COUNT} (= (forever) (forever))
       !(let $x (add-atom &self (x)) (count 1))
       !(let $x (superpose (1 2)) (if (== $x 1) found (forever)))
       !(collapse (match &self (x) x))`,
    );
    const one = await oxbow(["run", "--max-steps=50", path]);
    const two = await oxbow(["run", "--max-steps=50", "--threads=2", path]);
    expect(one.out).toContain("[found]\nstopped: maxSteps, after 50 steps (--max-steps)\n[()]\n");
    expect(two).toEqual(one);
  });

  it("keeps what was written until as many results were found as were asked for", async () => {
    const text = "!(let $x (superpose (1 2 3)) (add-atom &self (x $x)))\n!(match &self (x $x) $x)";
    const path = programs.write("kept.metta", text);
    for (const threads of ["1", "2"]) {
      const { out } = await oxbow(["run", "--max-results=2", "--threads", threads, path]);
      expect(out.split("\n").filter((line) => line.startsWith("["))).toEqual([
        "[(), ()]",
        "[1, 2]",
      ]);
    }
  });

  it("ends at a stopped '!' with --stop-on-error, and prefers 3 to the 1 of --check", async () => {
    const path = programs.write("both.metta", `${COUNT}\n!(/ 1 0)\n!(count 1)\n!(+ 1 2)`);
    const { out, exitCode } = await oxbow(["run", "--check", "--max-results=1", path]);
    expect(exitCode).toBe(3);
    expect(out).toContain("[3]");
    const stopping = await oxbow(["run", "--stop-on-error", "--max-steps=9", path]);
    expect(stopping.out).toBe("[(Error (/ 1 0) DivisionByZero)]\n");
  });

  it.each([
    ["--max-time=2", "500ms"],
    ["--max-time=0.1ms", "1ms"],
    ["--max-time=-2s", "500ms"],
    ["--max-time=600h", "500h"],
    ["--max-memory=512", "512MiB"],
    ["--max-memory=1mib", "512MiB"],
    ["--max-steps=0", "from 1"],
    ["--max-steps=1.5", "from 1"],
    ["--max-results=many", "from 1"],
    ["--max-results=3e9", "2147483647"],
  ])("refuses %s and says what can be given", async (flag, says) => {
    const { exitCode, out, err } = await oxbow(["run", flag, "a.metta"]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toContain(says);
  });

  it("shows on a terminal that memory grows, and takes that line away again", async () => {
    const path = programs.write("growing.metta", "(= (deep $n) (+ 1 (deep (+ $n 1))))\n!(deep 0)");
    const argv = ["run", "--max-memory", "500MiB", path];
    const { out, err } = await oxbow(argv, { isTerminal: true, environment: { NO_COLOR: "1" } });
    expect(err).toMatch(/\roxbow: evaluating for \d\S* s; memory has grown to [\d.]+ [MG]iB/);
    expect(err).toMatch(/\r *\r$/);
    expect(out).toContain("stopped: maxHeapBytes");
  });
});

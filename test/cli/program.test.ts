import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { oxbow } from "./terminal.js";

const manifest: { version: string } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
);

describe("oxbow", () => {
  it("shows its version", async () => {
    expect(await oxbow(["--version"])).toEqual({
      exitCode: 0,
      out: `${manifest.version}\n`,
      err: "",
    });
  });

  it("shows help on stdout, for itself and for a command", async () => {
    const { exitCode, out, err } = await oxbow(["--help"]);
    expect(exitCode).toBe(0);
    expect(err).toBe("");
    expect(out).toMatch(/Usage: oxbow/);
    expect(out).toMatch(/run .*<files/);
    const run = await oxbow(["run", "--help"]);
    expect(run.exitCode).toBe(0);
    for (const flag of ["--threads <n>", "--time", "--json", "--check", "--stop-on-error"]) {
      expect(run.out).toContain(flag);
    }
  });

  it.each([
    { what: "an unknown flag", argv: ["run", "--thread", "a.metta"], says: "--thread" },
    { what: "a missing file argument", argv: ["run"], says: "files" },
    { what: "no number of threads", argv: ["run", "--threads", "many", "a.metta"], says: "many" },
    { what: "zero threads", argv: ["run", "--threads", "0", "a.metta"], says: "1 to 60" },
    { what: "half a thread", argv: ["run", "--threads=1.5", "a.metta"], says: "1 to 60" },
    { what: "an unknown command's flag", argv: ["--frobnicate"], says: "--frobnicate" },
  ])("refuses $what with exit code 2 and a message on stderr", async ({ argv, says }) => {
    const { exitCode, out, err } = await oxbow(argv);
    expect(exitCode).toBe(2);
    expect(out).toBe("");
    expect(err).toMatch(/^oxbow: /);
    expect(err).toContain(says);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it("suggests the flag that was meant", async () => {
    expect((await oxbow(["run", "--tiem", "a.metta"])).err).toContain("--time");
  });
});

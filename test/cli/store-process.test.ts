import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Programs } from "./programs.js";

const programs = new Programs();
const main = fileURLToPath(new URL("../../dist/src/command/oxbow.js", import.meta.url));

function oxbow(...argv: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [main, ...argv], { encoding: "utf8" });
}

describe("the built command", () => {
  it("keeps what ended before a program is killed, tells who has the store meanwhile, and takes over the lock", async () => {
    const store = programs.path("store");
    const kept = programs.write("kept.metta", "(kept)");
    const endless = programs.write(
      "endless.metta",
      "(lost) !(println! begun) (= (loop) (loop)) !(loop)",
    );
    const ask = programs.write("ask.metta", "!(match &self (kept) yes) !(match &self (lost) yes)");
    expect(oxbow("run", "--store", store, kept).status).toBe(0);
    const child = spawn(process.execPath, [main, "run", "--store", store, endless]);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    for (const argv of [
      ["run", "--store", store, ask],
      ["store", "compact", store],
    ]) {
      const { status, stdout, stderr } = oxbow(...argv);
      expect({ status, stdout }).toEqual({ status: 4, stdout: "" });
      expect(stderr).toContain(`process ${child.pid} has it open`);
    }
    child.kill("SIGKILL");
    await ended;
    expect(oxbow("run", "--store", store, ask).stdout).toBe("[yes]\n[]\n");
  });
});

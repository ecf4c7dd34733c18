/** A process that writes a store is killed, again and again, and nothing that it has told of is missing. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { print, Store } from "../../dist/src/index.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { collectGarbage } from "./garbage.js";

const KILLS_BETWEEN_COLLECTIONS = 10;
const SCRIPT = fileURLToPath(new URL("killed-writer.mjs", import.meta.url));

/** Kills so many processes, each after it has told of some more; returns how many facts there were at the end. */
export async function killWriters(kills: number, random: () => number): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "oxbow-kill-"));
  try {
    let count = 0;
    for (let kill = 0; kill < kills; kill++) {
      const told = await killOne(directory, 1 + Math.floor(random() * 20));
      const { heap, environment } = await Store.read(directory);
      checkHeap(heap);
      const facts = [...environment.atoms()].map((atom) => print(atom));
      environment.dispose();
      heap.detach();
      const isWhole = facts.every((fact, n) => fact === `(fact ${n} s${n})`);
      if (!isWhole) throw new Error(`kill ${kill}: the facts are not those that were written`);
      if (facts.length < told) {
        throw new Error(`kill ${kill}: ${told} facts were told of, and there are ${facts.length}`);
      }
      count = facts.length;
      // A process that has reserved too much cannot start another.
      if (kill % KILLS_BETWEEN_COLLECTIONS === 0) collectGarbage();
    }
    return count;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Starts a process, waits until it has told of so many facts, kills it, and returns the last number that it told. */
async function killOne(directory: string, facts: number): Promise<number> {
  const child = spawn(process.execPath, [SCRIPT, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "close");
  let text = "";
  let isKilled = false;
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk: string) => {
    text += chunk;
    if (isKilled || text.split("\n").length <= facts) return;
    isKilled = true;
    child.kill("SIGKILL");
  });
  await exit;
  if (!isKilled) throw new Error("the process ended by itself");
  // The last line may be cut off.
  return Number(text.slice(0, text.lastIndexOf("\n")).split("\n").at(-1));
}

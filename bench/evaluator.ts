/**
 * Suite `evaluator`: whole programs as whole processes.
 *
 *   npm run bench -- evaluator [--programs DIR] [--rounds N] [--only NAME,…] [--peer NAME='COMMAND']…
 *
 * Each program of DIR (of `test/programs/large`, `test/programs/spaces` and `bench/programs` unless given) is run by
 * Oxbow and by each peer in turns. A peer's command has the word FILE where the program's path goes; one that is not
 * there is left out with a notice. `bench/programs` asks what the examples of PeTTa of these names ask, in our words. Of
 * programs that live on their space the memory at the peak is compared, too. What is compared is CPU time
 * (user and system, all threads) with the engine's own start-up taken off; start-up is what the engine
 * needs for `!(+ 1 2)`. A program's first comment lines say what it must print; the figure of an engine
 * that prints something else is not a number, and there is no ratio to it. `tabling`, which has a file of its own, is
 * measured beside SWI-Prolog.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { atMost, type Figure, figure, medianOf, ratio } from "./figure.js";
import { type Engine, type ProcessRun, runEngine } from "./process.js";
import { tabling } from "./tabling.js";

const OXBOW = resolve("dist/src/command/oxbow.js");
const OURS: Engine = { name: "oxbow", command: `node ${OXBOW} run FILE` };
const BARE_NODE: Engine = { name: "node -e 0", command: "node -e 0" };
const SPACES = "test/programs/spaces";
const DEFAULT_PROGRAMS = ["test/programs/large", SPACES, "bench/programs"];
/** What a shell says of a command that it does not find. */
const NOT_FOUND = 127;
const DEEP_MEMORY_MIB = 1536;

const START_UP = "!(+ 1 2)\n";
const FIB = "(= (fib $n) (if (< $n 2) $n (+ (fib (- $n 1)) (fib (- $n 2)))))\n";
const CALL_FIB = "!(fib 33)\n";

/** Runs the suite. The options are those of the header. */
export async function run(options: readonly string[] = []): Promise<Figure[]> {
  const settings = readSettings(options);
  const scratch = mkdtempSync(join(tmpdir(), "oxbow-bench-"));
  try {
    const bench = new EvaluatorBench(scratch, settings);
    return [
      ...bench.startUp(),
      ...bench.unrelatedRules(),
      ...bench.addedRules(),
      ...(settings.isWhole ? tabling(scratch, settings.rounds) : []),
      ...bench.growth(),
      ...settings.programs.flatMap((path) => bench.program(path)),
      ...bench.means(),
    ];
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

interface Settings {
  readonly programs: readonly string[];
  readonly rounds: number;
  readonly peers: readonly Engine[];
  /** Whether no programs were chosen. */
  readonly isWhole: boolean;
}

function readSettings(options: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...options],
    options: {
      programs: { type: "string", multiple: true, default: DEFAULT_PROGRAMS },
      rounds: { type: "string", default: "3" },
      only: { type: "string" },
      peer: { type: "string", multiple: true, default: [] },
    },
  });
  const wanted = values.only?.split(",");
  const programs = values.programs.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".metta"))
      .filter((name) => wanted === undefined || wanted.includes(basename(name, ".metta")))
      .map((name) => join(folder, name)),
  );
  return {
    programs,
    rounds: Number(values.rounds),
    peers: values.peer.map(readPeer),
    isWhole: wanted === undefined || wanted.includes("tabling"),
  };
}

function readPeer(text: string): Engine {
  const split = text.indexOf("=");
  if (split <= 0) throw new Error(`--peer needs NAME='COMMAND', not ${text}`);
  return { name: text.slice(0, split), command: text.slice(split + 1) };
}

class EvaluatorBench {
  readonly #scratch: string;
  readonly #settings: Settings;
  readonly #startUpMs = new Map<string, number>();
  /** By peer: its time divided by Oxbow's, of each program that both ran. */
  readonly #advantages = new Map<string, number[]>();

  constructor(scratch: string, settings: Settings) {
    this.#scratch = scratch;
    const file = this.#write("there.metta", START_UP);
    const peers = settings.peers.filter((peer) => {
      if (runEngine(peer, file).exitCode !== NOT_FOUND) return true;
      console.log(`bench: ${peer.name} is left out: its command is not there`);
      return false;
    });
    this.#settings = { ...settings, peers };
  }

  /** What each engine needs to its first result, and Oxbow's against an empty Node process. */
  startUp(): Figure[] {
    const file = this.#write("start-up.metta", START_UP);
    const engines = [OURS, ...this.#settings.peers];
    const runs = this.#alternate([BARE_NODE, ...engines], file, 9);
    for (const engine of engines) {
      this.#startUpMs.set(engine.name, medianOf(runs.get(engine.name)!.map((each) => each.cpuMs)));
    }
    const wall = (name: string): number => medianOf(runs.get(name)!.map((each) => each.wallMs));
    return [
      ...[BARE_NODE, ...engines].map(({ name }) => figure(`start-up ${name}`, wall(name), "ms")),
      ratio("start-up", wall(OURS.name), BARE_NODE.name, wall(BARE_NODE.name), atMost(1.7)),
    ];
  }

  /** Whether rules that a call does not concern slow it down. */
  unrelatedRules(): Figure[] {
    const few = this.#costOfCall(unrelated(10) + FIB);
    const many = this.#costOfCall(unrelated(100_000) + FIB);
    return [ratio("call-100k-unrelated-rules", many, "call-10-unrelated-rules", few, atMost(1.1))];
  }

  /** Whether a rule that was added by an evaluation is as fast as one of the file. */
  addedRules(): Figure[] {
    const fromFile = this.#costOfCall(FIB);
    const added = this.#costOfCall(`!(add-atom &self ${FIB.trim()})\n`);
    return [ratio("call-added-rule", added, "call-rule-of-file", fromFile, atMost(1.1))];
  }

  /** How time grows where a set of nested terms does: twice the rounds look at four times as many terms. */
  growth(): Figure[] {
    const text = readFileSync(join(SPACES, "growth.metta"), "utf8");
    const [few, many] = [200, 400].map((rounds) => {
      const file = this.#write(`growth-${rounds}.metta`, text.replaceAll("200", `${rounds}`));
      const runs = Array.from({ length: this.#settings.rounds }, () => runEngine(OURS, file).cpuMs);
      return Math.min(...runs) - this.#startUpMs.get(OURS.name)!;
    }) as [number, number];
    return [ratio("growth-400", many, "growth-200", few, atMost(4.5))];
  }

  /** The geometric mean of what the peers took, divided by what Oxbow took. */
  means(): Figure[] {
    return [...this.#advantages].map(([name, advantages]) => {
      const logarithms = advantages.reduce((sum, each) => sum + Math.log(each), 0);
      const mean = Math.exp(logarithms / advantages.length);
      return figure(`${name} / oxbow, geometric mean of ${advantages.length}`, mean, "ratio");
    });
  }

  /** One program on every engine. */
  program(path: string): Figure[] {
    const name = basename(path, ".metta");
    const expected = expectedResults(readFileSync(path, "utf8"));
    const engines = [OURS, ...this.#settings.peers];
    const runs = this.#alternate(engines, resolve(path), this.#settings.rounds);
    const cost = (engine: Engine): number => {
      if (!agrees(engine, expected, runs.get(engine.name)!)) return Number.NaN;
      const total = medianOf(runs.get(engine.name)!.map((each) => each.cpuMs));
      return Math.max(total - this.#startUpMs.get(engine.name)!, 1);
    };
    const figures = engines.map((engine) => figure(`${name} ${engine.name}`, cost(engine), "ms"));
    for (const peer of this.#settings.peers) {
      if (Number.isNaN(cost(peer))) continue;
      figures.push(ratio(`${name} oxbow`, cost(OURS), peer.name, cost(peer), atMost(1)));
      const known = this.#advantages.get(peer.name) ?? [];
      this.#advantages.set(peer.name, [...known, cost(peer) / cost(OURS)]);
    }
    if (name === "deep") figures.push(peakMemory(name, resolve(path)));
    if (path.startsWith(SPACES)) figures.push(...this.#peaks(name, resolve(path)));
    return figures;
  }

  /** What each engine takes at its peak. */
  #peaks(name: string, file: string): Figure[] {
    const ours = runEngine(OURS, file, true).peakMiB;
    const figures = [figure(`${name} oxbow peak`, ours, "MiB")];
    for (const peer of this.#settings.peers) {
      const theirs = runEngine(peer, file, true).peakMiB;
      figures.push(figure(`${name} ${peer.name} peak`, theirs, "MiB"));
      figures.push(ratio(`${name} oxbow peak`, ours, peer.name, theirs, atMost(1.5)));
    }
    return figures;
  }

  /**
   * The CPU time of one `(fib 33)` under these definitions, in milliseconds: the least that a process with
   * the call took without the least that one without it did, since loading takes longer than the call.
   */
  #costOfCall(definitions: string): number {
    const without = this.#write("without.metta", definitions);
    const withCall = this.#write("with.metta", definitions + CALL_FIB);
    let base = Number.POSITIVE_INFINITY;
    let whole = Number.POSITIVE_INFINITY;
    for (let round = 0; round < this.#settings.rounds * 2 + 1; round += 1) {
      base = Math.min(base, runEngine(OURS, without).cpuMs);
      whole = Math.min(whole, runEngine(OURS, withCall).cpuMs);
    }
    return whole - base;
  }

  #alternate(
    engines: readonly Engine[],
    file: string,
    rounds: number,
  ): ReadonlyMap<string, ProcessRun[]> {
    const runs = new Map<string, ProcessRun[]>(engines.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const engine of engines) runs.get(engine.name)!.push(runEngine(engine, file));
    }
    return runs;
  }

  #write(name: string, text: string): string {
    const path = join(this.#scratch, name);
    writeFileSync(path, text);
    return path;
  }
}

function unrelated(count: number): string {
  return Array.from({ length: count }, (_, index) => `(= (unrelated-${index} $x) $x)\n`).join("");
}

/** The `[…]` groups of the comment lines that begin with "Expected". */
function expectedResults(text: string): readonly string[] {
  const header = text.split("\n").filter((line) => line.startsWith(";"));
  const line = header.find((each) => each.includes("Expected:")) ?? "";
  return line.slice(line.indexOf("Expected:")).match(/\[[^\]]*\]/g) ?? [];
}

/** Oxbow prints exactly the expected lines; peers print the same results in ways of their own. */
function agrees(engine: Engine, expected: readonly string[], runs: readonly ProcessRun[]): boolean {
  if (engine === OURS) return runs.every((each) => each.output.trim() === expected.join("\n"));
  // The unit is shown in as many ways as there are engines.
  const contents = expected.map((line) => line.slice(1, -1)).filter((each) => each !== "()");
  return runs.every((each) => contents.every((content) => each.output.includes(content)));
}

function peakMemory(name: string, file: string): Figure {
  const { peakMiB } = runEngine(OURS, file, true);
  return figure(`${name} peak memory`, peakMiB, "MiB", atMost(DEEP_MEMORY_MIB));
}

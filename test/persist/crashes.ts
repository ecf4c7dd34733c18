/**
 * Crashes of a store: a random run is recorded, and after every operation of the disk the power is lost in many ways. What
 * is opened then must be the last state that was acknowledged, or the one on its way, and every snapshot that
 * is kept must be what it was.
 */
import { setImmediate as turn } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { parseAtom } from "../../src/term/parser.js";
import {
  CrashSimulator,
  EVERYTHING,
  NOTHING,
  type Operation,
  RecordingDisk,
  randomFate,
} from "./recording-disk.js";
import { atomsOf, load, Stored } from "./stored.js";

const HEAP_BYTES = 2 ** 26;
/** A heap is kept to the end of the job in which it was made, so a campaign of one job would keep them all. */
const STATES_IN_A_JOB = 16;

/** What a run did: the operations, the states by label, and those of the snapshots by number. */
export interface Run {
  readonly operations: readonly Operation[];
  readonly states: readonly (readonly string[])[];
  readonly snapshots: ReadonlyMap<number, readonly string[]>;
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Changes, commits and snapshots, one in ten named, with the store closed or left and opened again now and then if `reopens`. */
export async function record(seed: number, steps: number, reopens = true): Promise<Run> {
  const random = seeded(seed);
  const disk = new RecordingDisk();
  const states: string[][] = [[]];
  const snapshots = new Map<number, string[]>();
  let stored = Stored.create(disk, HEAP_BYTES);
  for (let step = 0; step < steps; step++) {
    change(stored, random, step);
    states.push(atomsOf(stored.env));
    if (step > 0 && random() < 0.6 && stored.commit().isLogged) {
      disk.mark(states.length - 1);
      continue;
    }
    const name = random() < 0.1 ? `name ${Math.floor(random() * 2)}` : null;
    snapshots.set(stored.save(name).id, states.at(-1)!);
    disk.mark(states.length - 1);
    if (reopens && random() < 0.15) {
      if (random() < 0.5) stored.file.close();
      stored = await Stored.open(disk);
    }
    if (reopens && random() < 0.05) stored.file.compact();
  }
  return { operations: disk.operations, states, snapshots };
}

function change({ env }: Stored, random: () => number, step: number): void {
  for (let k = 0; k < 1 + random() * 4; k++) {
    env.add(parseAtom(`(fact ${Math.floor(random() * 100)} s${Math.floor(random() * step)})`));
  }
  const [first] = env.atoms();
  if (first !== undefined && random() < 0.7) env.remove(first);
}

export interface Crashes {
  readonly states: number;
  readonly violations: readonly string[];
}

export interface CrashOptions {
  readonly seed: number;
  /** How often the power is lost at each operation, beside losing nothing and everything. */
  readonly fates: number;
  readonly sectorBytes?: number;
  /** What a reader that is broken makes of the files before it opens them. */
  readonly misread?: (files: Map<string, Uint8Array>) => void;
  readonly mostViolations?: number;
}

/** Loses power after every operation. */
export async function crash(
  run: Run,
  operations: readonly Operation[],
  options: CrashOptions,
): Promise<Crashes> {
  const random = seeded(options.seed);
  const simulator = new CrashSimulator(operations, options.sectorBytes);
  const violations: string[] = [];
  let states = 0;
  for (let cut = 1; simulator.step(); cut++) {
    const count = simulator.pendingWrites === 0 ? 0 : options.fates;
    const fates = [NOTHING, EVERYTHING, ...Array.from({ length: count }, () => randomFate(random))];
    for (const fate of simulator.pendingWrites === 0 ? [NOTHING] : fates) {
      if (++states % STATES_IN_A_JOB === 0) await turn();
      const files = simulator.crash(fate);
      options.misread?.(files);
      const wrong = await problemOf(run, files, simulator.label, states % 4 === 0);
      if (wrong !== null) violations.push(`cut ${cut}: ${wrong}`);
      if (violations.length === (options.mostViolations ?? 3)) return { states, violations };
    }
  }
  return { states, violations };
}

/** What is wrong with what was left; null if nothing. */
async function problemOf(
  run: Run,
  files: Map<string, Uint8Array>,
  acknowledged: number,
  looksAtAll: boolean,
): Promise<string | null> {
  const allowed = [run.states[acknowledged], run.states[acknowledged + 1]];
  if (!files.has("data")) return acknowledged === 0 ? null : "there is no store";
  const disk = RecordingDisk.of(files);
  try {
    const atoms = atomsOf((await load(disk)).env);
    if (!allowed.some((state) => isDeepStrictEqual(state, atoms))) return "another state";
    if (!looksAtAll) return null;
    for (const { id } of (await Stored.open(disk)).file.records) {
      const kept = atomsOf((await load(disk, id)).env);
      if (!isDeepStrictEqual(kept, run.snapshots.get(id))) return `snapshot ${id} is another`;
    }
    return null;
  } catch (error) {
    return String(error);
  }
}

/** Fork cost: what it costs a thread to share a fork, measured when the thread starts. */
import { Environment } from "../environment/environment.js";
import { NO_LIMITS } from "../eval/limits/limits.js";
import { release } from "../memory/allocator.js";
import { drop, hold } from "../memory/ledger.js";
import { UNIT } from "../term/atom.js";
import { Board, createBoard } from "./board.js";
import { ForkOnBoard } from "./fork.js";
import { ForkInPlace } from "./fork-in-place.js";
import type { Fork, ForkRequest, Site } from "./site.js";

const ROUNDS = 8;
const FORKS_PER_ROUND = 8;
const BRANCHES = 2;

/**
 * How many milliseconds longer a fork takes if its branches are posted, claimed, handed over and collected
 * than if they are evaluated in place: the least of some rounds, on a private board, without
 * evaluating anything. Costs a few milliseconds, in which code is compiled that forks need anyway.
 */
export function measureForkCost(site: Site): number {
  const { heap } = site.vocabulary;
  // No result: no branch wins the race, so every branch runs.
  const idle: Site = { ...site, evaluate: () => ({ results: [], stopped: "completed", steps: 0 }) };
  const board = createBoard(heap);
  // In the ledger, should the thread end meanwhile.
  const slot = hold(heap, board);
  const environment = Environment.create(heap);
  try {
    const inPlace = new ForkInPlace(idle);
    const shared = new ForkOnBoard(idle, new Board(heap, board), 0);
    let least = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) {
      const base = timeForks(inPlace, environment);
      least = Math.min(least, Math.max(0, timeForks(shared, environment) - base));
    }
    return least / FORKS_PER_ROUND;
  } finally {
    environment.dispose();
    release(heap, drop(heap, slot));
  }
}

/** Races are shared at once, without waiting for a heartbeat. */
function timeForks(fork: Fork, environment: Environment): number {
  const request: ForkRequest = {
    environment,
    atoms: Array.from({ length: BRANCHES }, () => UNIT),
    space: null,
    budget: null,
    limits: NO_LIMITS,
    depth: 0,
    seed: 0,
    isRace: true,
    isInterrupted: () => false,
  };
  const started = performance.now();
  for (let turn = 0; turn < FORKS_PER_ROUND; turn++) fork.join(request);
  return performance.now() - started;
}

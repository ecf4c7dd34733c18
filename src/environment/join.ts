/**
 * Join: the matches of `(, p1 p2 …)` where all patterns are of facts without variables, found without an object for a
 * row or a binding. A nested loop over the levels of its plan; only a match of all is decoded and bound.
 *
 *   JN1  It finds what a conjunction (conjunction.ts) of the patterns in that order finds, in the same order.
 *   JN2  A variable's atom is decoded once for each row of its level.
 */
import type { Address } from "../base/address.js";
import type { Atom, Variable } from "../term/atom.js";
import { decodeWith } from "../term/decode.js";
import { dereference } from "../term/resolve.js";
import type { Trail } from "../term/trail.js";
import { type GroupMember, JoinGroup } from "./join-group.js";
import { JoinLevel, type Level, type LevelPlan } from "./join-level.js";
import { type GroupPlan, type JoinPlan, newVariables } from "./join-plan.js";
import { LOOK_AHEAD, type MatchCursor, type TallyOf } from "./match-cursor.js";
import type { Pin } from "./pin.js";
import { interfaceOf, RememberingLevel } from "./remembering-level.js";
import type { Store } from "./workspace.js";

/** Steps between two checks whether the search is to end (`Trail.isInterrupted`). */
const TURNS_UNATTENDED = 256;

/** How a walk came to its end. */
const FOUND = 0;
const ENDED = 1;
const PAUSED = 2;

/** Who is told what a join looks at, and the variables that it binds, null for all. */
interface JoinBesides {
  readonly tallies: TallyOf | null;
  readonly wanted: ReadonlySet<Variable> | null;
}

export class Join implements MatchCursor {
  readonly #store: Store;
  readonly #trail: Trail;
  readonly #levels: Level[];
  readonly #patternCount: number;
  readonly #variables: readonly Variable[];
  /** The level in which each variable is new. */
  readonly #levelOf: Level[];
  readonly #registers: Int32Array;
  /** The atoms that were decoded of the registers, and of which row of the level (JN2). */
  readonly #atoms: Atom[];
  readonly #decodedAt: number[];
  #pin: Pin | null;
  /** The registers of the variables that are bound. */
  readonly #bound: readonly number[];
  #depth = 0;
  /** Whether the level at `depth` has not begun for the values of those before. */
  #isFresh = true;
  #isAhead = false;
  #turns = 0;

  constructor(
    store: Store,
    pin: Pin,
    plan: JoinPlan,
    trail: Trail,
    { tallies, wanted }: JoinBesides,
  ) {
    this.#store = store;
    this.#trail = trail;
    this.#variables = plan.variables;
    const all = plan.variables.map((_, register) => register);
    this.#bound =
      wanted === null ? all : all.filter((register) => wanted.has(plan.variables[register]!));
    const registers = new Int32Array(plan.variables.length);
    this.#registers = registers;
    const levelOf = (each: LevelPlan): JoinLevel => {
      const tally = tallies?.(dereference(each.pattern)) ?? null;
      return new JoinLevel(store, each, registers, tally);
    };
    this.#patternCount = plan.patternCount;
    this.#levels = plan.levels.map((each, depth) => {
      const isOne = "steps" in each;
      const level = isOne ? levelOf(each) : new JoinGroup(membersOf(each, levelOf), trail);
      // The first is asked once.
      const isAsked = tallies === null && depth > 0;
      const known = isAsked ? interfaceOf(plansOf(each)) : null;
      if (known === null) return level;
      return new RememberingLevel(store, level, registers, known, () => this.#useWithin(depth));
    });
    this.#levelOf = plan.levels.flatMap((each, depth) =>
      newVariables("steps" in each ? each : each.members[0]!.first!).map(
        () => this.#levels[depth]!,
      ),
    );
    this.#atoms = [...plan.variables];
    this.#decodedAt = plan.variables.map(() => -1);
    this.#pin = pin;
    if (plan.isEmpty) this.close();
  }

  get patternCount(): number {
    return this.#patternCount;
  }

  next(): boolean {
    if (this.#pin === null) return false;
    this.#pin.check();
    if (!this.#isAhead && this.#walk(Number.POSITIVE_INFINITY) !== FOUND) {
      this.close();
      return false;
    }
    this.#isAhead = false;
    this.#bind();
    return true;
  }

  isLast(): boolean {
    if (this.#pin === null) return true;
    if (this.#isAhead) return false;
    const end = this.#walk(LOOK_AHEAD);
    if (end === ENDED) {
      this.close();
      return true;
    }
    this.#isAhead = end === FOUND;
    return false;
  }

  /** How many matches are left; nothing is decoded. */
  countRest(): number {
    let count = this.#isAhead ? 1 : 0;
    if (this.#pin === null) return count;
    while (this.#walk(Number.POSITIVE_INFINITY) === FOUND) count++;
    this.close();
    return count;
  }

  close(): void {
    this.#pin?.close();
    this.#pin = null;
  }

  /** Goes on to the next match of all levels, for so many steps at most. */
  #walk(most: number): typeof FOUND | typeof ENDED | typeof PAUSED {
    const levels = this.#levels;
    const last = levels.length - 1;
    let depth = this.#depth;
    let isFresh = this.#isFresh;
    for (let steps = 0; ; steps++) {
      if (steps === most) break;
      if (++this.#turns % TURNS_UNATTENDED === 0 && this.#trail.isInterrupted?.() === true) {
        return ENDED;
      }
      const level = levels[depth]!;
      if (isFresh) level.begin();
      isFresh = false;
      if (!level.next()) {
        if (depth === 0) return ENDED;
        depth--;
      } else if (depth < last) {
        depth++;
        isFresh = true;
      } else {
        this.#depth = depth;
        this.#isFresh = false;
        return FOUND;
      }
    }
    this.#depth = depth;
    this.#isFresh = isFresh;
    return PAUSED;
  }

  /** From now on a level has no memory. */
  #useWithin(depth: number): void {
    const level = this.#levels[depth]!;
    if (!(level instanceof RememberingLevel)) return;
    const { within } = level;
    this.#levels[depth] = within;
    for (const [index, each] of this.#levelOf.entries()) {
      if (each !== level) continue;
      this.#levelOf[index] = within;
      this.#decodedAt[index] = -1; // They count their matches each for itself (JN2).
    }
  }

  /** Binds the variables to what the rows of the levels have. */
  #bind(): void {
    const trail = this.#trail;
    const bound = this.#bound;
    for (let index = 0; index < bound.length; index++) {
      const register = bound[index]!;
      trail.bind(this.#variables[register]!, this.#atomOf(register));
    }
  }

  #atomOf(index: number): Atom {
    const { found } = this.#levelOf[index]!;
    if (this.#decodedAt[index] !== found) {
      const at: Address = this.#registers[index]!;
      const { vocabulary, words } = this.#store;
      this.#atoms[index] = decodeWith(vocabulary, words, at, [], true);
      this.#decodedAt[index] = found;
    }
    return this.#atoms[index]!;
  }
}

/** What a level goes by; the first gives its values. */
function plansOf(each: LevelPlan | GroupPlan): readonly LevelPlan[] {
  if ("steps" in each) return [each];
  const { members } = each;
  return [members[0]!.first!, ...members.map(({ check }) => check)];
}

function membersOf(
  { members }: GroupPlan,
  levelOf: (plan: LevelPlan) => JoinLevel,
): readonly GroupMember[] {
  return members.map(({ first, check }) => ({
    first: first === null ? null : levelOf(first),
    check: levelOf(check),
  }));
}

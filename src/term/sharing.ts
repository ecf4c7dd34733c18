/**
 * Shared parts: an atom is a graph without cycles, in which one object may stand at many places. Forty objects
 *
 *     a1 = (a0 a0)   a2 = (a1 a1)   …   a40 = (a39 a39)
 *
 * are an atom of 2^40 leaves. A walk begins without a thought of that, which is fastest for the atoms that there
 * usually are. After {@link SMALL_VISITS} parts it takes notes, and passes over what it has noted.
 *
 * A note costs ten times as much as a look. So only one in eight visits, picked at random, is noted: an object is then looked
 * at about eight times before it is passed over, however often it occurs, and most objects of an atom without shared
 * parts are never noted. Where something is made of the parts, all are noted, so that what is made shares as much.
 */
import type { Expression } from "./atom.js";

/** Parts that a walk looks at before it takes notes: some 0.2 ms. */
export const SMALL_VISITS: number = 2 ** 14;

/** Picks one in {@link VISITS_A_NOTE} at random, by a linear congruential generator. */
class Picker {
  #state = 1;

  picks(): boolean {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) | 0;
    return this.#state >>> 0 < 2 ** 32 / VISITS_A_NOTE;
  }
}

const VISITS_A_NOTE = 8;

/** Expressions that a walk has been in. */
export class Seen {
  readonly #noted = new Set<Expression>();
  readonly #picker = new Picker();

  /** True if the expression was noted before. */
  has(expression: Expression): boolean {
    if (this.#noted.has(expression)) return true;
    if (this.#picker.picks()) this.#noted.add(expression);
    return false;
  }
}

interface Member {
  /** Itself for the member that stands for its class. */
  above: Member;
}

/**
 * Expressions that have to be equal for two atoms to be equal, as classes (union-find; the method is that of Hopcroft
 * and Karp, "A linear algorithm for testing equivalence of finite automata", 1971). There are never more unions than
 * expressions, so a comparison that passes over what is in one class takes no more steps for those that are noted.
 */
export class Classes {
  readonly #left = new Map<Expression, Member>();
  readonly #right: Map<Expression, Member>;
  readonly #picker = new Picker();

  /** @param isOneSide an object means the same on both sides of the comparison */
  constructor(isOneSide: boolean) {
    this.#right = isOneSide ? this.#left : new Map();
  }

  /** True if the two were in one class before; otherwise they may be afterwards. */
  unite(left: Expression, right: Expression): boolean {
    if (!this.#left.has(left) && !this.#picker.picks()) return false;
    const one = find(member(this.#left, left));
    const other = find(member(this.#right, right));
    one.above = other;
    return one === other;
  }
}

function member(members: Map<Expression, Member>, expression: Expression): Member {
  let found = members.get(expression);
  if (found === undefined) {
    found = {} as Member;
    found.above = found;
    members.set(expression, found);
  }
  return found;
}

/** Halves the way on the way, so that the next is shorter. */
function find(from: Member): Member {
  let at = from;
  while (at.above !== at) {
    at.above = at.above.above;
    at = at.above;
  }
  return at;
}

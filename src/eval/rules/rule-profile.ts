/**
 * Rule profile: how often each rule was applied on this thread, and which was applied last. Whoever samples the latter
 * (sync/taps.ts) knows where the time goes: what passes until the next rule is applied counts for the last.
 *
 *   PF1  A rule has one number on a thread, whatever versions of its relation are prepared; 0 stands for no rule, and for
 *        all of those for which there is no number left.
 *   PF2  Without a profile generated code has nothing of it.
 */
import { COUNTS, type Tap } from "../../sync/taps.js";
import { type Atom, expression, symbol, VARIABLE, Variable } from "../../term/atom.js";
import { print } from "../../term/printer.js";
import { mapLeaves } from "../../term/resolve.js";
import type { PreparedRule } from "./prepared-rule.js";

const EQUALS = symbol("=");
const NO_RULE = 0;
/** Text of a rule that is told. */
const LONGEST_TEXT = 400;

/** A message about a rule that was met. */
interface RuleMessage {
  readonly kind: "rule";
  /** By which counts and samples name it on this thread. */
  readonly number: number;
  readonly text: string;
  /** See {@link ruleKey}. */
  readonly key: string;
}

export class RuleProfile {
  readonly #tap: Tap;
  readonly #numbers = new Map<string, number>();
  readonly #known = new WeakMap<PreparedRule, number>();
  #untold: RuleMessage[] = [];

  constructor(tap: Tap) {
    this.#tap = tap;
  }

  /** By number. */
  get counts(): Float64Array {
    return this.#tap.counts;
  }

  /** One word, the number of the rule that was applied last. */
  get last(): Int32Array {
    return this.#tap.doing;
  }

  /** An evaluation begins, in no rule yet; what was done before it. */
  begin(): number {
    const before = this.last[0]!;
    this.last[0] = NO_RULE;
    return before;
  }

  /** It has ended, or gives way: what was done before goes on. */
  end(before: number): void {
    this.last[0] = before;
  }

  /** The number of a rule (PF1). */
  numberOf(rule: PreparedRule): number {
    const known = this.#known.get(rule);
    if (known !== undefined) return known;
    const left = mapLeaves(rule.left, toVariable);
    const body = mapLeaves(rule.body, toVariable);
    const text = print(expression([EQUALS, left, body]));
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#numbers.size + 1 < COUNTS ? this.#numbers.size + 1 : NO_RULE;
      if (number !== NO_RULE) {
        this.#numbers.set(text, number);
        this.#untold.push({
          kind: "rule",
          number,
          text: text.slice(0, LONGEST_TEXT),
          key: ruleKey(left, body),
        });
      }
    }
    this.#known.set(rule, number);
    this.tellAll();
    return number;
  }

  /** A rule is applied. */
  note(rule: PreparedRule): void {
    const number = this.numberOf(rule);
    this.#tap.counts[number]!++;
    this.#tap.doing[0] = number;
  }

  /** Tells of the rules that were not told of yet: a message may have found no room. */
  tellAll(): void {
    while (this.#untold.length > 0 && this.#tap.tell(this.#untold[0]!)) this.#untold.shift();
  }
}

/** A slot of a prepared rule as a variable that was written. */
function toVariable(leaf: Atom): Atom {
  return leaf.tag === VARIABLE ? new Variable(leaf.name, 0) : leaf;
}

/** Longer texts of rules that begin the same are taken for one. */
const LONGEST_KEY = 2000;

/** The same for two rules if they are equal up to the names of their variables. */
export function ruleKey(left: Atom, body: Atom): string {
  const names = new Map<string, Variable>();
  const rename = (leaf: Atom): Atom => {
    if (leaf.tag !== VARIABLE) return leaf;
    let renamed = names.get(leaf.name);
    if (renamed === undefined) {
      renamed = new Variable(`${names.size}`, 0);
      names.set(leaf.name, renamed);
    }
    return renamed;
  };
  const renamed = expression([EQUALS, mapLeaves(left, rename), mapLeaves(body, rename)]);
  return print(renamed).slice(0, LONGEST_KEY);
}

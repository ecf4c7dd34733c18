/**
 * Random steps over twelve environments at once, each compared with a plain model. Allocations fail now and then:
 * a step is done, or nothing has happened.
 *
 * Model: an environment is its occurrences in order, each with the event that made it, what every state holds and
 * the event that set it, and all events it has seen. After some steps everything begins anew, so the model stays small.
 */
import { expect } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment } from "../../src/environment/environment.js";
import { drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { HeapExhaustedError } from "../../src/memory/exhausted.js";
import { Heap } from "../../src/memory/heap.js";
import { recoverHeap } from "../../src/memory/recover.js";
import type { Atom, SpaceAtom, StateAtom } from "../../src/term/atom.js";
import { parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

const ENVIRONMENTS = 12;
const SPACES = 3;
const STATES = 3;
const STEPS_OF_AN_AGE = 1500;
const STEPS_OF_A_CHECK = 250;
/** Atoms and patterns that steps choose from: facts, rules, types, nested ones and some with variables. */
const ATOMS: readonly Atom[] = [
  ...Array.from({ length: 24 }, (_, n) => `(edge n${n % 5} m${n})`),
  ...Array.from({ length: 6 }, (_, n) => `(= (f n${n % 2}) (g ${n} "text"))`),
  "(: a A)",
  "(:< A B)",
  "a",
  "1.5",
  "$any",
  "(open $x $x)",
  "((h a) b)",
  "()",
  '"text"',
  "(deep (er (still $y)))",
].map((text) => parseAtom(text));
const PATTERN = parseAtom("(edge n1 $m)");
const MATCHING = new Set(ATOMS.map(textOf).filter((text) => text.startsWith("(edge n1 ")));

interface Occurrence {
  readonly event: number;
  readonly space: number;
  readonly text: string;
}

interface Model {
  readonly rows: readonly Occurrence[];
  readonly states: readonly (readonly [setter: number, value: string])[];
  readonly seen: ReadonlySet<number>;
}

interface Pair {
  readonly environment: Environment;
  readonly model: Model;
}

function textOf(atom: Atom): string {
  return print(atom).replace(/#\d+/g, "");
}

/** What a campaign has done. */
export interface Done {
  readonly steps: number;
  readonly failed: number;
}

export class Campaign {
  readonly #heap = Heap.create({ maxBytes: 2 ** 26 });
  #random: number;
  #pairs: Pair[] = [];
  #spaces: (SpaceAtom | null)[] = [];
  #states: StateAtom[] = [];
  #event = 0;
  #failed = 0;

  constructor(seed: number) {
    this.#random = seed;
  }

  run(steps: number): Done {
    for (let step = 0; step < steps; step++) {
      if (step % STEPS_OF_AN_AGE === 0) this.#beginAge();
      this.#step();
      if (step % STEPS_OF_A_CHECK === 0) this.#check();
    }
    this.#check();
    this.#endAge();
    checkHeap(this.#heap);
    return { steps, failed: this.#failed };
  }

  #below(limit: number): number {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#random / 2 ** 32) * limit);
  }

  #beginAge(): void {
    this.#endAge();
    this.#event = 1;
    const base = Environment.create(this.#heap);
    this.#spaces = [null, ...Array.from({ length: SPACES - 1 }, () => base.createSpace())];
    this.#states = Array.from({ length: STATES }, () => base.createState(parseAtom("0")));
    const states = this.#states.map(() => [1, "0"] as const);
    const model: Model = { rows: [], states, seen: new Set([1]) };
    this.#pairs = Array.from({ length: ENVIRONMENTS }, () => ({
      environment: base.clone(),
      model,
    }));
    base.dispose();
  }

  #endAge(): void {
    for (const { environment } of this.#pairs) environment.dispose();
    this.#pairs = [];
    drain(this.#heap);
    recoverHeap(this.#heap); // what is frozen and led to by nothing
  }

  #step(): void {
    const at = this.#below(ENVIRONMENTS);
    const before = this.#pairs[at]!;
    const turn = this.#below(100);
    const other = this.#below(ENVIRONMENTS);
    const space = this.#below(SPACES);
    const atom = ATOMS[this.#below(ATOMS.length)]!;
    if (this.#below(8) === 0) this.#heap.failAllocationAt(1 + this.#below(6));
    try {
      this.#pairs[at] = this.#change(before, turn, this.#pairs[other]!, space, atom);
    } catch (error) {
      if (!(error instanceof HeapExhaustedError)) throw error;
      this.#failed++;
      this.#heap.failAllocationAt(0);
      this.#compare(before);
      checkEnvironment(before.environment);
    }
    this.#heap.failAllocationAt(0);
  }

  /** The pair after one step; a HeapExhaustedError leaves the one before. */
  #change(pair: Pair, turn: number, other: Pair, space: number, atom: Atom): Pair {
    if (turn < 40) return this.#add(pair, space, atom);
    if (turn < 62) return this.#remove(pair, space, atom);
    if (turn < 72) return this.#set(pair, space);
    if (turn < 80) return this.#unite(pair, other);
    if (turn < 88) return this.#replace(pair, other.environment.clone(), other.model);
    if (turn < 90) return this.#freeze(pair);
    const found = pair.environment.countMatches(PATTERN, { space: this.#spaces[space] });
    const wanted = pair.model.rows.filter(
      (row) => row.space === space && (MATCHING.has(row.text) || row.text === "$any"),
    );
    expect(found).toBe(wanted.length);
    return pair;
  }

  #add({ environment, model }: Pair, space: number, atom: Atom): Pair {
    environment.add(atom, { space: this.#spaces[space] });
    const event = ++this.#event;
    const row = { event, space, text: textOf(atom) };
    return { environment, model: seeing({ ...model, rows: [...model.rows, row] }, event) };
  }

  #remove({ environment, model }: Pair, space: number, atom: Atom): Pair {
    const text = textOf(atom);
    const at = model.rows.findIndex((row) => row.space === space && row.text === text);
    expect(environment.remove(atom, { space: this.#spaces[space] })).toBe(at >= 0);
    if (at < 0) return { environment, model };
    const rows = model.rows.toSpliced(at, 1);
    return { environment, model: seeing({ ...model, rows }, ++this.#event) };
  }

  #set({ environment, model }: Pair, which: number): Pair {
    const value = String(this.#below(1000));
    environment.setState(this.#states[which]!, parseAtom(value));
    const event = ++this.#event;
    return {
      environment,
      model: seeing({ ...model, states: model.states.with(which, [event, value]) }, event),
    };
  }

  #unite(pair: Pair, other: Pair): Pair {
    const united = pair.environment.union(other.environment);
    return this.#replace(
      pair,
      united,
      uniteModels(pair.model, other.model, () => ++this.#event),
    );
  }

  /** What others share with it stays, and is frozen; it goes on as a clone. */
  #freeze(pair: Pair): Pair {
    pair.environment.freeze();
    return this.#replace(pair, pair.environment.clone(), pair.model);
  }

  #replace({ environment }: Pair, next: Environment, model: Model): Pair {
    environment.dispose();
    return { environment: next, model };
  }

  #compare({ environment, model }: Pair): void {
    for (const [index, space] of this.#spaces.entries()) {
      const wanted = model.rows.filter((row) => row.space === index).map((row) => row.text);
      expect([...environment.atoms({ space })].map(textOf)).toEqual(wanted);
      expect(environment.countOf(space)).toBe(wanted.length);
    }
    const held = this.#states.map((state) => print(environment.getState(state)));
    expect(held).toEqual(model.states.map(([, value]) => value));
  }

  #check(): void {
    for (const pair of this.#pairs) {
      this.#compare(pair);
      checkEnvironment(pair.environment);
    }
    drain(this.#heap);
    checkHeap(this.#heap);
  }
}

function seeing(model: Model, event: number): Model {
  return { ...model, seen: new Set(model.seen).add(event) };
}

function uniteModels(left: Model, right: Model, nextEvent: () => number): Model {
  if (includes(left.seen, right.seen)) return left;
  if (includes(right.seen, left.seen)) return right;
  const theirs = new Set(right.rows.map((row) => row.event));
  const mine = new Set(left.rows.map((row) => row.event));
  const kept = left.rows.filter((row) => !right.seen.has(row.event) || theirs.has(row.event));
  const added = right.rows.filter((row) => !left.seen.has(row.event) && !mine.has(row.event));
  const states = left.states.map((state, index) => {
    const other = right.states[index]!;
    return left.seen.has(other[0]) ? state : other;
  });
  const seen = new Set([...left.seen, ...right.seen, nextEvent()]);
  return { rows: [...kept, ...added], states, seen };
}

function includes(all: ReadonlySet<number>, some: ReadonlySet<number>): boolean {
  if (some.size > all.size) return false;
  for (const event of some) if (!all.has(event)) return false;
  return true;
}

/**
 * Tries every interleaving of several protocols (src/sync/step.ts) on a few shared words.
 *
 * An actor is a list of operations, each a protocol, with marks (`inside`) between them that say what
 * the actor holds. A state is the words plus, for each actor, which operation it is in and the step
 * it is about to do (ST1 makes that enough), or that it sleeps, or has died. States are recognised by
 * their key and visited once; the way to a state is kept as the results of each actor's current
 * operation, from which its generator is run again.
 */
import {
  EVERYONE,
  execute,
  NOTIFY,
  type Protocol,
  type Step,
  TIMED_OUT,
  WAIT,
  WOKEN,
} from "../../src/sync/step.js";

export interface Operation {
  readonly name: string;
  readonly run: () => Protocol<unknown>;
  /** What the actor holds once the operation has returned true (or its value, if given). */
  readonly holds: string;
  /** What it holds while the operation runs: nothing, unless holds are nested. */
  readonly during?: string;
  /** Waits of this operation may time out; then what it held before stays. */
  readonly mayTimeOut?: boolean;
  /** Where to go on when the operation returned false. */
  readonly onFalse?: number;
}

export interface Actor {
  readonly operations: readonly Operation[];
  /** Starts again after the last operation, for questions of fairness. */
  readonly forever?: boolean;
  /** May die before any step. */
  readonly mortal?: boolean;
  /** Runs only after the actor of this number has died; not needed otherwise. */
  readonly afterDeathOf?: number;
}

export interface Model {
  readonly words: number;
  readonly initial?: (words: Int32Array) => void;
  readonly actors: readonly Actor[];
  /** Throws or returns a complaint if the holds of the actors do not go together. */
  readonly safe: (holds: readonly string[]) => string | null;
  /** Rewrites the steps of the protocol, for mutations: null leaves the step out (reads `skipped`). */
  readonly mutate?: (step: Step, words: Int32Array) => Step | { readonly skipped: number } | null;
  /** Complains about the words when all is done. */
  readonly atEnd?: (words: Int32Array, dead: readonly number[]) => string | null;
  /** Follow this actor for starvation: it must get to `holds` in every fair run. */
  readonly follow?: { readonly actor: number; readonly holds: string };
  readonly maximumStates?: number;
}

export interface Exploration {
  readonly states: number;
  readonly ends: number;
  readonly complaint: string | null;
  /** Steps that lead to the complaint. */
  readonly trace: readonly string[];
}

/** In `b` of a mutated wait: sleep whatever the word holds. */
export const BLIND = 1;

const READY = 0;
const ASLEEP = 1;
const DONE = 2;
const DEAD = 3;

interface ActorState {
  readonly phase: number;
  readonly operation: number;
  readonly holds: string;
  readonly history: readonly number[];
  /** The step it is about to do, or sleeps in. */
  readonly step: Step | null;
  /** Order in which sleepers fell asleep. */
  readonly since: number;
}

interface State {
  /** Never written: a step that writes makes new ones. */
  readonly words: Int32Array;
  readonly actors: readonly ActorState[];
  readonly clock: number;
  readonly parent: State | null;
  readonly how: string;
}

interface Edge {
  readonly to: string;
  readonly actor: number;
}

export function explore(model: Model): Exploration {
  const seen = new Map<string, State>();
  const edges = new Map<string, Edge[]>();
  const first = firstState(model);
  const stack: [string, State][] = [[keyOf(first), first]];
  seen.set(keyOf(first), first);
  let ends = 0;
  const fail = (state: State, complaint: string): Exploration => {
    const trace: string[] = [];
    for (let at: State | null = state; at !== null; at = at.parent) trace.unshift(at.how);
    return { states: seen.size, ends, complaint, trace };
  };
  while (stack.length > 0) {
    const [key, state] = stack.pop()!;
    const complaint = model.safe(state.actors.map((actor) => actor.holds));
    if (complaint !== null) return fail(state, complaint);
    const next = successors(model, state);
    if (next.length === 0) {
      ends++;
      const stuck = endComplaint(model, state);
      if (stuck !== null) return fail(state, stuck);
    }
    const out: Edge[] = [];
    for (const [actor, successor] of next) {
      const to = keyOf(successor);
      out.push({ to, actor });
      if (seen.has(to)) continue;
      seen.set(to, successor);
      if (seen.size > (model.maximumStates ?? 2_000_000)) return fail(state, "too many states");
      stack.push([to, successor]);
    }
    edges.set(key, out);
  }
  if (model.follow !== undefined) {
    const starved = findStarvation(model, seen, edges);
    if (starved !== null) return fail(starved, "starvation: a fair run never serves the actor");
  }
  return { states: seen.size, ends, complaint: null, trace: [] };
}

function firstState(model: Model): State {
  const words = new Int32Array(new SharedArrayBuffer(model.words * 4));
  model.initial?.(words);
  const actors = model.actors.map((_, index) =>
    arrive(model, index, { operation: 0, holds: "", history: [] }, words),
  );
  return { words, actors, clock: 0, parent: null, how: "start" };
}

type Place = Pick<ActorState, "operation" | "holds" | "history">;

/** The actor at its next step: runs its operation again from the history, on to further ones. */
function arrive(model: Model, index: number, place: Place, words: Int32Array): ActorState {
  const { operations, forever } = model.actors[index]!;
  let { operation, holds, history } = place;
  for (;;) {
    if (operation === operations.length) {
      if (forever !== true) {
        return { phase: DONE, operation, holds, history: [], step: null, since: 0 };
      }
      operation = 0;
    }
    const current = operations[operation]!;
    holds = current.during ?? "";
    const generator = current.run();
    let next = generator.next(0);
    for (const result of history) next = generator.next(result);
    const skipping = [...history];
    while (!next.done) {
      const changed = model.mutate === undefined ? next.value : model.mutate(next.value, words);
      if (changed !== null && "kind" in changed) {
        return { phase: READY, operation, holds, history: skipping, step: changed, since: 0 };
      }
      skipping.push(changed?.skipped ?? 0);
      next = generator.next(changed?.skipped ?? 0);
    }
    if (next.value === false) {
      operation = current.onFalse ?? operation + 1;
      holds = "";
    } else {
      holds = current.holds;
      operation++;
    }
    history = [];
    if (operation < operations.length && current.holds !== "") {
      // A stop between operations, so that others can run while this one is inside.
      return { phase: READY, operation, holds, history, step: PAUSE, since: 0 };
    }
  }
}

const PAUSE: Step = { kind: NOTIFY, index: 0, a: 0, b: 0, label: "inside", local: 0 };

function successors(model: Model, state: State): [number, State][] {
  const found: [number, State][] = [];
  for (const [index, actor] of state.actors.entries()) {
    const { mortal, afterDeathOf, operations } = model.actors[index]!;
    if (actor.phase === DONE || actor.phase === DEAD) continue;
    if (afterDeathOf !== undefined && state.actors[afterDeathOf]!.phase !== DEAD) continue;
    if (mortal === true) found.push([index, die(state, index)]);
    if (actor.phase === ASLEEP) {
      if (operations[actor.operation]!.mayTimeOut === true) {
        found.push([index, resume(model, state, index, TIMED_OUT, "times out")]);
      }
      continue;
    }
    found.push([index, advance(model, state, index)]);
  }
  return found;
}

function die(state: State, index: number): State {
  const actors = [...state.actors];
  const dead = actors[index]!;
  actors[index] = { ...dead, phase: DEAD, holds: "", step: null, history: [], since: 0 };
  const how = `${index} dies at ${dead.step?.label ?? "?"}`;
  return { words: state.words, actors, clock: state.clock, parent: state, how };
}

/** The actor's step returned `result`; it goes on to its next step. */
function resume(model: Model, state: State, index: number, result: number, how: string): State {
  const actors = [...state.actors];
  const actor = actors[index]!;
  const place = { ...actor, history: [...actor.history, result] };
  actors[index] = arrive(model, index, place, state.words);
  const { clock, words } = state;
  return { words, actors, clock, parent: state, how: `${index} ${actor.step!.label} ${how}` };
}

function advance(model: Model, state: State, index: number): State {
  const actor = state.actors[index]!;
  const current = actor.step!;
  if (current === PAUSE) {
    const actors = [...state.actors];
    actors[index] = arrive(model, index, actor, state.words);
    return { ...state, actors, parent: state, how: `${index} goes on` };
  }
  if (current.kind === WAIT) {
    if (current.b !== BLIND && state.words[current.index] !== current.a) {
      return resume(model, state, index, WOKEN, "finds another value");
    }
    const actors = [...state.actors];
    actors[index] = { ...actor, phase: ASLEEP, since: state.clock + 1 };
    const how = `${index} ${current.label} sleeps`;
    return { words: state.words, actors, clock: state.clock + 1, parent: state, how };
  }
  if (current.kind === NOTIFY) return notify(model, state, index, current);
  const words = new Int32Array(new SharedArrayBuffer(state.words.length * 4));
  words.set(state.words);
  const result = execute(words, current);
  return { ...resume(model, { ...state, words }, index, result, `→ ${result}`), parent: state };
}

/** Wakes the longest sleepers first, as `Atomics.notify` does. */
function notify(model: Model, state: State, index: number, current: Step): State {
  const sleepers = [...state.actors.entries()]
    .filter(([, actor]) => actor.phase === ASLEEP && actor.step!.index === current.index)
    .sort(([, left], [, right]) => left.since - right.since)
    .slice(0, current.a === EVERYONE ? undefined : current.a);
  let next = state;
  for (const [sleeper] of sleepers) next = resume(model, next, sleeper, WOKEN, "woken");
  const how = `wakes ${sleepers.length}`;
  return { ...resume(model, next, index, sleepers.length, how), parent: state };
}

function endComplaint(model: Model, state: State): string | null {
  const dead: number[] = [];
  for (const [index, actor] of state.actors.entries()) {
    if (actor.phase === DEAD) dead.push(index);
    if (actor.phase === DONE || actor.phase === DEAD) continue;
    const after = model.actors[index]!.afterDeathOf;
    if (after !== undefined && state.actors[after]!.phase !== DEAD) continue;
    return `actor ${index} is stuck in ${actor.step?.label ?? "?"}`;
  }
  return model.atEnd?.(state.words, dead) ?? null;
}

function keyOf(state: State): string {
  const order = state.actors
    .map((actor, index) => [actor.phase === ASLEEP ? actor.since : 0, index] as const)
    .filter(([since]) => since > 0)
    .sort(([left], [right]) => left - right)
    .map(([, index]) => index);
  const places = state.actors.map(({ phase, operation, holds, step: at }) => {
    const place = at === null ? "" : `${at.label},${at.index},${at.a},${at.b},${at.local}`;
    return `${phase}:${operation}:${holds}:${place}`;
  });
  return `${state.words.join(",")}|${places.join("|")}|${order.join(",")}`;
}

/**
 * A fair run that never serves the followed actor is a cycle, among the states in which it has not
 * been served, where every actor either moves or is unable to move at some point. It is looked for
 * in the strongly connected components of that part of the graph.
 */
function findStarvation(
  model: Model,
  states: ReadonlyMap<string, State>,
  edges: ReadonlyMap<string, readonly Edge[]>,
): State | null {
  const { actor, holds } = model.follow!;
  const unserved = (key: string): boolean => {
    const followed = states.get(key)!.actors[actor]!;
    return followed.holds !== holds && followed.phase !== DONE && followed.phase !== DEAD;
  };
  for (const component of components(edges, unserved)) {
    const inside = new Set(component);
    const moving = new Set<number>();
    for (const key of component) {
      for (const edge of edges.get(key)!) if (inside.has(edge.to)) moving.add(edge.actor);
    }
    if (moving.size === 0) continue;
    const fair = model.actors.every(
      (_, index) =>
        moving.has(index) ||
        component.some((key) => !edges.get(key)!.some((edge) => edge.actor === index)),
    );
    if (fair) return states.get(component[0]!)!;
  }
  return null;
}

/** Tarjan's strongly connected components, without recursion, over the nodes that `keep` keeps. */
function components(
  edges: ReadonlyMap<string, readonly Edge[]>,
  keep: (key: string) => boolean,
): string[][] {
  const number = new Map<string, number>();
  const low = new Map<string, number>();
  const onStack = new Set<string>();
  const stack: string[] = [];
  const found: string[][] = [];
  for (const root of edges.keys()) {
    if (number.has(root) || !keep(root)) continue;
    const work: { key: string; next: number }[] = [{ key: root, next: 0 }];
    while (work.length > 0) {
      const frame = work.at(-1)!;
      const { key } = frame;
      if (frame.next === 0) {
        number.set(key, number.size);
        low.set(key, number.get(key)!);
        stack.push(key);
        onStack.add(key);
      }
      const edge = edges.get(key)![frame.next++];
      if (edge !== undefined) {
        if (!keep(edge.to)) continue;
        if (!number.has(edge.to)) work.push({ key: edge.to, next: 0 });
        else if (onStack.has(edge.to)) {
          low.set(key, Math.min(low.get(key)!, number.get(edge.to)!));
        }
        continue;
      }
      work.pop();
      const above = work.at(-1);
      if (above !== undefined) {
        low.set(above.key, Math.min(low.get(above.key)!, low.get(key)!));
      }
      if (low.get(key) !== number.get(key)) continue;
      const component: string[] = [];
      for (;;) {
        const member = stack.pop()!;
        onStack.delete(member);
        component.push(member);
        if (member === key) break;
      }
      found.push(component);
    }
  }
  return found;
}

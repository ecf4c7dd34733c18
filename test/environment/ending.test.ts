import { expect, test } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment, environmentOn, handleOf, heapOf } from "../../src/environment/environment.js";
import { shareRoot } from "../../src/environment/handle.js";
import { handleOn } from "../../src/environment/lifecycle.js";
import { packRows } from "../../src/environment/packed-rows.js";
import { SharedEnvironment } from "../../src/environment/shared.js";
import { drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { checkRegions } from "../../src/memory/check-regions.js";
import { Heap } from "../../src/memory/heap.js";
import { Packed } from "../../src/memory/packed.js";
import { recoverHeap } from "../../src/memory/recover.js";
import { retain } from "../../src/memory/segment.js";
import type { SpaceAtom, StateAtom } from "../../src/term/atom.js";
import { print } from "../../src/term/printer.js";
import { EndingThread, settleEnded } from "../ending-thread.js";
import { atom } from "./harness.js";

/** What this thread holds while another one works on clones of it and ends. */
class Scene {
  readonly heap: Heap = Heap.create({ maxBytes: 32 * 2 ** 20 });
  readonly base: Environment = Environment.create(this.heap);
  readonly space: SpaceAtom;
  readonly state: StateAtom;

  constructor() {
    const { base, heap } = this;
    for (const text of ["(= (f $x) $x)", "(: a A)", "lone", "$any"]) base.add(atom(text));
    for (let i = 0; i < 60; i++) base.add(atom(`(edge n${i % 7} ${i})`));
    using packed = packRows(
      heap,
      Array.from({ length: 40 }, (_, i) => atom(i % 4 === 0 ? `(odd ${i})` : `(edge p${i} ${i})`)),
    );
    base.addPacked(packed);
    this.space = base.createSpace();
    base.add(atom("(in space)"), { space: this.space });
    this.state = base.createState(atom("(value 0)"));
    base.explain(atom("(edge n1 $x)"));
    base.remove(atom("(edge n0 0)"));
    // No other thread makes a symbol: that has a test of its own.
    for (const text of ["(new (value set) left right)", "(edge x y)"]) base.add(atom(text));
  }

  /** All that the environment holds, as text. */
  see(): string {
    const { base, space, state } = this;
    const found = [...base.match(atom("(edge n3 $x)"))];
    return [...base.atoms(), ...base.atoms({ space }), base.getState(state), ...found]
      .map((it) => print(it))
      .join(" ");
  }

  /** Finds what was freed too early: new segments take its place. */
  write(round: number): void {
    const { base, space, state } = this;
    base.add(atom(`(edge n3 ${1000 + round})`));
    base.add(atom(`(edge n5 ${round})`), { space });
    base.setState(state, atom(`(value ${round})`));
    expect(base.remove(atom(`(edge n3 ${1000 + round})`))).toBe(true);
    expect(base.remove(atom(`(edge n5 ${round})`), { space })).toBe(true);
  }
}

/** What the other thread does with the environment that it was given. */
type Act = (env: Environment, scene: Scene) => void;

function endAtSteps(act: Act, stride: number): number {
  const scene = new Scene();
  const { heap, base } = scene;
  let at = 1;
  let rounds = 0;
  for (let ended = true; ended; at += stride) {
    const thread = new EndingThread(heap);
    const { heap: other } = thread;
    const root = shareRoot(handleOf(base));
    const before = scene.see();
    ended = thread.endAt(at, () => {
      retain(other.words, root);
      const env = environmentOn(handleOn(other, root));
      act(env, scene);
      env.dispose();
    });
    settleEnded(heap, other);
    expect(scene.see()).toBe(before);
    scene.write(at);
    if (++rounds % 8 !== 0 && ended) continue;
    const after = scene.see();
    recoverHeap(heap);
    checkRegions(heap);
    checkEnvironment(base);
    expect(scene.see()).toBe(after);
  }
  base.dispose();
  drain(heap);
  checkHeap(heap);
  const left = [...heap.stats().kinds.keys()].toSorted();
  expect(left).toEqual(["ledger", "symbol text", "symbols"]);
  return at;
}

const acts: readonly (readonly [string, Act])[] = [
  ["taking over and dropping", () => {}],
  ["adding", (env) => env.add(atom("(edge n3 x)"))],
  ["adding to a new relation", (env) => env.add(atom("(lone (value set) $x)"))],
  ["removing", (env) => void env.remove(atom("(edge n3 24)"))],
  ["removing a packed atom", (env) => void env.remove(atom("(edge p13 13)"))],
  [
    "adding packed atoms",
    (env) => {
      const atoms = Array.from({ length: 8 }, (_, i) => atom(`(edge x ${i})`));
      using packed = packRows(heapOf(env), [...atoms, atom("(in left)")]);
      env.addPacked(packed);
    },
  ],
  ["setting a state", (env, { state }) => env.setState(state, atom("(value set)"))],
  [
    "making a space and writing it",
    (env) => env.add(atom("(edge x y)"), { space: env.createSpace() }),
  ],
  ["building an index that all share", (env) => void env.explain(atom("(edge $x 17)"))],
];

for (const [name, act] of acts) {
  test(`a thread may end at every step of ${name}`, () => {
    expect(endAtSteps(act, 1)).toBeGreaterThan(5);
  });
}

test("a thread may end at every third step of uniting", () => {
  const unite: Act = (env, { space }) => {
    using other = env.clone();
    env.add(atom("(edge left left)"), { space });
    other.remove(atom("(edge p13 13)"));
    env.union(other).dispose();
  };
  expect(endAtSteps(unite, 3)).toBeGreaterThan(100);
});

test("a thread may end at every step of handing packed atoms to another", () => {
  const scene = new Scene();
  const { heap } = scene;
  for (let at = 1, ended = true; ended; at++) {
    const thread = new EndingThread(heap);
    ended = thread.endAt(at, () => {
      using packed = packRows(thread.heap, [atom("(edge x y)"), atom("lone")]);
      Packed.receive(packed.share(), thread.heap).dispose();
    });
    settleEnded(heap, thread.heap);
    recoverHeap(heap);
    checkRegions(heap);
    // A handle that was shared and not received stands for a reference until it is.
    expect(heap.stats().kinds.get("region")!.segments).toBeLessThanOrEqual(2);
  }
});

test("a thread may end at every step of updating a shared environment, which is then old or new", () => {
  const heap = Heap.create({ maxBytes: 32 * 2 ** 20 });
  const start = Environment.create(heap);
  for (const text of ["(edge a b)", "(edge b c)", "new"]) start.add(atom(text));
  start.remove(atom("new"));
  const shared = SharedEnvironment.create(heap, start);
  start.dispose();
  const see = (): string => {
    using present = shared.snapshot();
    checkEnvironment(present);
    return [...present.atoms()].map((it) => print(it)).join(" ");
  };
  let published = 0;
  for (let at = 1, ended = true; ended; at++) {
    const before = see();
    const thread = new EndingThread(heap);
    ended = thread.endAt(at, () => {
      using mine = SharedEnvironment.receive(shared.share(), thread.heap);
      mine.update((env) => env.add(atom("new")));
    });
    settleEnded(heap, thread.heap);
    const after = see();
    if (after !== before) {
      expect(after).toBe(`${before} new`);
      published++;
    }
    shared.update((env) => void env.remove(atom("new")));
    recoverHeap(heap);
    checkHeap(heap);
  }
  expect(published).toBeGreaterThan(1);
  shared.dispose();
});

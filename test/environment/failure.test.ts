import { describe, expect, it } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import type { Environment } from "../../src/environment/environment.js";
import { packRows } from "../../src/environment/packed-rows.js";
import { SharedEnvironment } from "../../src/environment/shared.js";
import { drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { HeapExhaustedError } from "../../src/memory/exhausted.js";
import type { Heap } from "../../src/memory/heap.js";
import type { Atom, SpaceAtom, StateAtom } from "../../src/term/atom.js";
import { atom, contents, environmentOf, makeHeap, makeOwned } from "./harness.js";

/** What an operation works on: a base with indexes, a space and a state, and two clones of it written apart. */
interface Scene {
  readonly heap: Heap;
  readonly base: Environment;
  readonly left: Environment;
  readonly right: Environment;
  /** Holds 100 packed atoms. */
  readonly packed: Environment;
  readonly space: SpaceAtom;
  readonly state: StateAtom;
}

function makeScene(): Scene {
  const heap = makeHeap(16 * 1024 * 1024);
  const base = environmentOf(heap, "(= (f $x) $x)", "(: a A)", "lone", "$any");
  for (let i = 0; i < 150; i++) base.add(atom(`(edge n${i % 7} m${i})`));
  const space = base.createSpace();
  base.add(atom("(in space)"), { space });
  const state = base.createState(atom("(value 0)"));
  // Builds the index of the first place, that of its content, and that of whole atoms.
  base.explain(atom("(edge n1 $x)"));
  base.explain(atom("(edge (n 1) $x)"));
  base.remove(atom("(edge n0 m0)"));
  const left = base.clone();
  const right = base.clone();
  for (const [env, name] of [
    [left, "left"],
    [right, "right"],
  ] as const) {
    env.add(atom(`(edge ${name} ${name})`));
    env.remove(atom("(edge n3 m3)"));
    env.add(atom(`(only ${name})`));
    env.add(atom(`(in ${name})`), { space });
    env.setState(state, atom(`(value ${name})`));
  }
  const packed = base.clone();
  addPacked(heap, packed, 100);
  return { heap, base, left, right, packed, space, state };
}

const operations: ReadonlyArray<readonly [string, (scene: Scene) => unknown]> = [
  ["add to an indexed relation", ({ left }) => left.add(atom("(edge x y)"))],
  ["add to a fresh clone", ({ left }) => using(left.clone(), (env) => env.add(atom("(edge x y)")))],
  ["add a row of a new relation", ({ base }) => base.add(atom("(brand (new thing) 1.5)"))],
  ["add to a space", ({ base, space }) => base.add(atom("(in more)"), { space })],
  [
    "add many",
    ({ base }) => base.addAll(Array.from({ length: 40 }, (_, i) => atom(`(edge ${i} z)`))),
  ],
  ["add packed atoms", ({ heap, left }) => addPacked(heap, left, 40)],
  [
    "add many packed atoms to a space and a fresh clone",
    ({ heap, base, space }) =>
      using(base.clone(), (env) => {
        addPacked(heap, env, 400);
        addPacked(heap, env, 30, space);
      }),
  ],
  ["remove a packed atom", ({ packed }) => packed.remove(atom("(edge 33 z)"))],
  [
    "remove a packed atom from a fresh clone",
    ({ packed }) => using(packed.clone(), (env) => env.remove(atom("(edge 33 z)"))),
  ],
  ["unite with packed atoms", ({ left, packed }) => left.union(packed).dispose()],
  ["remove", ({ left }) => left.remove(atom("(edge n5 m5)"))],
  ["remove from a shared relation", ({ base }) => base.remove(atom("(edge n5 m5)"))],
  ["clone", ({ base }) => base.clone().dispose()],
  ["make owned", ({ base }) => makeOwned(base)],
  ["unite", ({ left, right }) => left.union(right).dispose()],
  ["absorb", ({ left, right }) => left.absorb(right)],
  ["absorb against a base", ({ base, left, right }) => left.absorbAll([right], { base })],
  ["query a place without an index", ({ base }) => [...base.match(atom("(edge $x m9)"))]],
  ["query content without an index", ({ base }) => [...base.match(atom("(edge $x (m 9))"))]],
  ["query while cursors are open", ({ base }) => readWhileWriting(base)],
  ["make a space", ({ base }) => base.createSpace()],
  ["make a state", ({ base }) => base.createState(atom("(value new)"))],
  ["set a state", ({ left, state }) => left.setState(state, atom("(value set)"))],
  [
    "share and update",
    ({ heap, base }) =>
      using(SharedEnvironment.create(heap, base), (shared) =>
        shared.update((env) => env.add(atom("(edge x y)"))),
      ),
  ],
];

function using<Resource extends { dispose(): void }>(
  resource: Resource,
  use: (resource: Resource) => void,
): void {
  try {
    use(resource);
  } finally {
    resource.dispose();
  }
}

function readWhileWriting(env: Environment): void {
  const found = env.match(atom("(edge $x $y)"));
  try {
    found.next();
    env.add(atom("(edge late late)"));
  } finally {
    found.return?.();
  }
}

/** Adds `count` packed facts of two relations. */
function addPacked(heap: Heap, env: Environment, count: number, space?: SpaceAtom): void {
  const atoms = Array.from({ length: count }, (_, i) =>
    atom(i % 5 === 0 ? `(other ${i} $x)` : `(edge ${i} z)`),
  );
  using(packRows(heap, atoms), (list) => env.addPacked(list, { space }));
}

/** All that can be seen of the scene's environments. */
function visible({ base, left, right, packed, space, state }: Scene): unknown {
  return [base, left, right, packed].map((env) => [
    contents(env),
    env.count,
    env.modified,
    [...env.atoms({ space })].length,
    env.getState(state),
  ]);
}

describe("when the k-th allocation fails, for every k", () => {
  for (const [name, operate] of operations) {
    it(`${name}: it is done, or nothing has happened, and the heap is whole`, () => {
      for (let k = 1; ; k++) {
        const scene = makeScene();
        const before = visible(scene);
        let failed = false;
        scene.heap.failAllocationAt(k);
        try {
          operate(scene);
        } catch (error) {
          if (!(error instanceof HeapExhaustedError)) throw error;
          failed = true;
        }
        const untouched = scene.heap.failCountdown > 0;
        scene.heap.failAllocationAt(0);
        const { heap, base, left, right, packed } = scene;
        const all = [base, left, right, packed];
        if (failed) expect(visible(scene)).toEqual(before);
        for (const env of all) checkEnvironment(env);
        for (const env of all) env.add(atom("(still works)"));
        for (const env of all) checkEnvironment(env);
        checkHeap(heap);
        for (const env of all) env.dispose();
        drain(heap);
        checkHeap(heap);
        if (untouched) break;
        expect(k).toBeLessThan(200);
      }
    });
  }
});

function* half(): Iterable<Atom> {
  yield atom("(p 2)");
  yield atom("(q 3)");
  throw new Error("half-way");
}

describe("what cannot be shared", () => {
  it("is refused before anything is written", async () => {
    const { HostAtom, expression, symbol } = await import("../../src/term/atom.js");
    const heap = makeHeap();
    const env = environmentOf(heap, "(p 1)");
    const host = expression([symbol("p"), new HostAtom(() => 0, "Function")]);
    expect(() => env.add(host)).toThrow(/cannot share/u);
    expect(() => env.addAll([atom("(p 2)"), host])).toThrow(/cannot share/u);
    expect(contents(env)).toEqual(["(p 1)"]);
    checkEnvironment(env);
  });

  it("or an iterable that throws half-way leaves addAll without effect", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, "(p 1)");
    const leaked: Environment[] = [];
    function* leaking(): Iterable<Atom> {
      yield atom("(p 2)");
      leaked.push(env.clone());
      throw new Error("half-way");
    }
    expect(() => env.addAll(half())).toThrow("half-way");
    expect(() => env.addAll(leaking())).toThrow("half-way");
    expect(contents(env)).toEqual(["(p 1)"]);
    env.add(atom("(p other)"));
    const united = env.union(leaked[0]!);
    expect(contents(united)).toEqual(["(p 1)", "(p other)", "(p 2)"]);
    checkEnvironment(united);
  });
});

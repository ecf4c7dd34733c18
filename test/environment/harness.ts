/** What the environment's tests share: a heap for each test, atoms as text, and a check of everything. */
import { expect } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment, handleOf } from "../../src/environment/environment.js";
import { assertLive, leavePin, ownRoot } from "../../src/environment/handle.js";
import { drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { Heap } from "../../src/memory/heap.js";
import type { Atom } from "../../src/term/atom.js";
import { parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

const HEAP_BYTES = 64 * 1024 * 1024;

export function makeHeap(maxBytes: number = HEAP_BYTES): Heap {
  return Heap.create({ maxBytes });
}

export function atom(text: string): Atom {
  return parseAtom(text);
}

/** An environment holding the atoms of `texts`. */
export function environmentOf(heap: Heap, ...texts: string[]): Environment {
  const env = Environment.create(heap);
  for (const text of texts) env.add(atom(text));
  return env;
}

/** The atoms in insertion order, printed. */
export function contents(env: Environment): string[] {
  return [...env.atoms()].map((it) => print(it));
}

/** The atoms as a multiset, printed. */
export function multiset(env: Environment): string[] {
  return contents(env).toSorted();
}

/** How often the atom is in the environment. */
export function occurrences(env: Environment, text: string): number {
  const wanted = print(atom(text));
  return contents(env).filter((found) => found === wanted).length;
}

/** The instances of `template` for each match of `pattern`, printed, in order. */
export function matches(env: Environment, pattern: string, template: string = pattern): string[] {
  return [...env.match(atom(pattern), { template: atom(template) })].map((it) => print(it));
}

/** Copies the top segment if it is shared, as the first write does. */
export function makeOwned(env: Environment): void {
  const handle = handleOf(env);
  assertLive(handle);
  leavePin(handle);
  ownRoot(handle);
}

/** Checks the environments' invariants, then disposes them and expects the heap to be whole. */
export function settle(heap: Heap, ...environments: Environment[]): void {
  for (const env of environments) checkEnvironment(env);
  checkHeap(heap);
  for (const env of environments) env.dispose();
  drain(heap);
  checkHeap(heap);
}

/** Segments that `action` copies in this thread. */
export function copiesOf(heap: Heap, action: () => void): number {
  const before = heap.segmentsCopied;
  action();
  return heap.segmentsCopied - before;
}

/** Expects every environment to hold exactly what it held, whatever `action` does to others. */
export function expectUntouched(environments: readonly Environment[], action: () => void): void {
  const before = environments.map(contents);
  action();
  expect(environments.map(contents)).toEqual(before);
}

import { expect, test } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { addDependency, dependenciesOf } from "../../src/environment/dependencies.js";
import { Environment, handleOf } from "../../src/environment/environment.js";
import { matchThrough } from "../../src/environment/search.js";
import { Heap } from "../../src/memory/heap.js";
import type { SpaceAtom } from "../../src/term/atom.js";
import { parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";
import { renameFresh, resolve } from "../../src/term/resolve.js";
import { Trail } from "../../src/term/trail.js";

const heap = Heap.create();

/** What the pattern is under each match, in order. */
function matches(
  environment: Environment,
  pattern: string,
  space: SpaceAtom | null = null,
): string[] {
  const trail = new Trail();
  const atom = renameFresh(parseAtom(pattern));
  const cursor = matchThrough(handleOf(environment), space, atom, trail);
  const found: string[] = [];
  for (; cursor.next(); trail.undoTo(0)) found.push(print(resolve(atom)));
  return found;
}

function withModules(): { environment: Environment; one: SpaceAtom; other: SpaceAtom } {
  const environment = Environment.create(heap);
  const one = environment.createSpace();
  const other = environment.createSpace();
  environment.add(parseAtom("(f one)"), { space: one });
  environment.add(parseAtom("(f other)"), { space: other });
  environment.add(parseAtom("(f own)"));
  return { environment, one, other };
}

test("a space sees through what it depends on, its own atoms first", () => {
  const { environment, one, other } = withModules();
  addDependency(handleOf(environment), null, one);
  addDependency(handleOf(environment), null, other);
  expect(matches(environment, "(f $x)")).toEqual(["(f own)", "(f one)", "(f other)"]);
  expect(matches(environment, "(f $x)", one)).toEqual(["(f one)"]);
  expect(environment.count).toBe(1);
  checkEnvironment(environment);
});

test("a dependency brings what it depends on itself, each once", () => {
  const { environment, one, other } = withModules();
  addDependency(handleOf(environment), one, other);
  addDependency(handleOf(environment), null, one);
  addDependency(handleOf(environment), null, other);
  addDependency(handleOf(environment), null, one);
  expect(dependenciesOf(handleOf(environment), null)).toHaveLength(2);
  expect(matches(environment, "(f $x)")).toEqual(["(f own)", "(f one)", "(f other)"]);
});

test("spaces that depend on each other depend on themselves no more than others do", () => {
  const { environment, one, other } = withModules();
  addDependency(handleOf(environment), one, other);
  addDependency(handleOf(environment), other, one);
  expect(matches(environment, "(f $x)", one)).toEqual(["(f one)", "(f other)"]);
  expect(dependenciesOf(handleOf(environment), other)).toHaveLength(1);
});

test("a space sees through spaces that stand in it, however deep, and ends in a circle", () => {
  const { environment, one, other } = withModules();
  environment.add(one);
  environment.add(other, { space: one });
  environment.add(one, { space: other });
  expect(matches(environment, "(f $x)")).toEqual(["(f own)", "(f one)", "(f other)"]);
  expect(matches(environment, "(f $x)", other)).toEqual(["(f other)", "(f one)"]);
  environment.remove(one);
  expect(matches(environment, "(f $x)")).toEqual(["(f own)"]);
  checkEnvironment(environment);
});

test("a space that stands in another is found like any atom", () => {
  const { environment, one } = withModules();
  environment.add(one);
  environment.add(parseAtom("5"));
  expect([...environment.atoms()]).toHaveLength(3);
  expect([...environment.match(one)]).toHaveLength(1);
  expect([...environment.match(parseAtom("5"))]).toHaveLength(1);
});

test("clones share dependencies and add their own apart, and a union has all of them once", () => {
  const { environment, one, other } = withModules();
  addDependency(handleOf(environment), null, one);
  const left = environment.clone();
  const right = environment.clone();
  addDependency(handleOf(left), null, other);
  addDependency(handleOf(right), null, other);
  expect(dependenciesOf(handleOf(environment), null)).toHaveLength(1);
  const both = left.union(right);
  expect(dependenciesOf(handleOf(both), null)).toHaveLength(2);
  expect(matches(both, "(f $x)")).toEqual(["(f own)", "(f one)", "(f other)"]);
  checkEnvironment(both);
});

test("a conjunction goes on with what was there when it was opened", () => {
  const { environment, one } = withModules();
  addDependency(handleOf(environment), null, one);
  const trail = new Trail();
  const pattern = renameFresh(parseAtom("(, (f $x) (f $y))"));
  const cursor = matchThrough(handleOf(environment), null, pattern, trail);
  let count = 0;
  for (; cursor.next(); trail.undoTo(0)) {
    count++;
    environment.add(parseAtom("(f new)"), { space: one });
  }
  expect(count).toBe(4);
});

test("a cursor that is closed early gives up what it held", () => {
  const { environment, one } = withModules();
  addDependency(handleOf(environment), null, one);
  const trail = new Trail();
  const before = heap.stats().liveBytes;
  const cursor = matchThrough(handleOf(environment), null, parseAtom("(, (f a) (f b))"), trail);
  cursor.next();
  cursor.close();
  cursor.close();
  expect(cursor.next()).toBe(false);
  expect(heap.stats().liveBytes).toBe(before);
});

test("parts of a conjunction that are found in different spaces keep what they bound from one match to the next", () => {
  const { environment, one, other } = withModules();
  addDependency(handleOf(environment), null, one);
  addDependency(handleOf(environment), one, other);
  addDependency(handleOf(environment), null, other);
  expect(matches(environment, "(, (f $x) (f $y))")).toHaveLength(9);
  expect(new Set(matches(environment, "(, (f $x) (f $y))")).size).toBe(9);
  checkEnvironment(environment);
});

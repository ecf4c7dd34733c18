import { describe, expect, it } from "vitest";
import { type Environment, handleOf } from "../../src/environment/environment.js";
import { LOOK_AHEAD } from "../../src/environment/match-cursor.js";
import { matchThrough, searchTrail } from "../../src/environment/search.js";
import { type Atom, expression, type StateAtom, symbol } from "../../src/term/atom.js";
import { print } from "../../src/term/printer.js";
import { renameFresh, resolve } from "../../src/term/resolve.js";
import { atom, environmentOf, makeHeap } from "./harness.js";

/** Each match as it is printed, with a `.` behind those that were known to be the last. */
function ends(env: Environment, pattern: string): string[] {
  const trail = searchTrail(handleOf(env));
  const wanted = renameFresh(atom(pattern));
  const cursor = matchThrough(handleOf(env), null, wanted, trail);
  const found: string[] = [];
  for (; cursor.next(); trail.undoTo(0)) {
    const text = print(resolve(wanted));
    found.push(cursor.isLast() ? `${text}.` : text);
  }
  return found;
}

function cell(state: StateAtom): Atom {
  return expression([symbol("cell"), state]);
}

describe("the last match", () => {
  it("is known when the rows of a relation are through", () => {
    const env = environmentOf(makeHeap(), "(p a)", "(q b)", "(p c)");
    expect(ends(env, "(p $x)")).toEqual(["(p a)", "(p c)."]);
    expect(ends(env, "(p a)")).toEqual(["(p a)."]);
    expect(ends(env, "($r $x)")).toEqual(["(p a)", "(q b)", "(p c)."]);
  });

  it("is known when an index has nothing more under the key", () => {
    const env = environmentOf(makeHeap());
    for (let n = 0; n < 200; n++) env.add(atom(`(edge n${n % 100} m${n})`));
    expect(ends(env, "(edge n7 $y)")).toEqual(["(edge n7 m7)", "(edge n7 m107)."]);
  });

  it("of several patterns is the last of each", () => {
    const env = environmentOf(makeHeap(), "(p a)", "(p b)", "(q a c)", "(q b d)", "(q b e)");
    expect(ends(env, "(, (p $x) (q $x $y))")).toEqual([
      "(, (p a) (q a c))",
      "(, (p b) (q b d))",
      "(, (p b) (q b e)).",
    ]);
  });

  it("is not looked for far away", () => {
    const env = environmentOf(makeHeap(), "(p a a)");
    for (let n = 0; n <= LOOK_AHEAD + 1; n++) env.add(atom(`(p a n${n})`));
    expect(ends(env, "(p $x $x)")).toEqual(["(p a a)"]);
  });

  it("lets the environment be written in place", () => {
    const env = environmentOf(makeHeap(), "(counter 0)");
    const trail = searchTrail(handleOf(env));
    const cursor = matchThrough(handleOf(env), null, renameFresh(atom("(counter $n)")), trail);
    expect(cursor.next()).toBe(true);
    expect(cursor.isLast()).toBe(true);
    const before = handleOf(env).root;
    env.add(atom("(counter 1)"));
    expect(handleOf(env).root).toBe(before);
    expect(cursor.next()).toBe(false);
    expect(cursor.isLast()).toBe(true);
  });

  it("depends on what states hold when its turn comes", () => {
    const env = environmentOf(makeHeap());
    const one = env.createState(atom("a"));
    const other = env.createState(atom("b"));
    const third = env.createState(atom("a"));
    for (const state of [one, other]) env.add(cell(state));
    const trail = searchTrail(handleOf(env));
    const wanted = cell(third);
    const cursor = matchThrough(handleOf(env), null, wanted, trail);
    expect(cursor.next()).toBe(true);
    expect(cursor.isLast()).toBe(false);
    env.setState(other, atom("a"));
    expect(cursor.next()).toBe(true);
    expect(cursor.isLast()).toBe(true);
  });
});

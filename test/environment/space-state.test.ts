import { describe, expect, it } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { SpaceAtom } from "../../src/term/atom.js";
import { print } from "../../src/term/printer.js";
import { atom, contents, environmentOf, makeHeap, settle } from "./harness.js";

function inSpace(env: ReturnType<typeof environmentOf>, space: SpaceAtom): string[] {
  return [...env.atoms({ space })].map((it) => print(it));
}

describe("spaces", () => {
  it("hold atoms of their own, apart from &self and from each other", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, "(p self)");
    const one = env.createSpace();
    const two = env.createSpace();
    env.add(atom("(p one)"), { space: one });
    env.add(atom("(p two)"), { space: two });
    expect(contents(env)).toEqual(["(p self)"]);
    expect(inSpace(env, one)).toEqual(["(p one)"]);
    expect(
      [...env.match(atom("(p $x)"), { template: atom("$x"), space: two })].map((it) => print(it)),
    ).toEqual(["two"]);
    expect(env.remove(atom("(p one)"), { space: two })).toBe(false);
    expect(env.remove(atom("(p one)"), { space: one })).toBe(true);
    expect(env.countOf(one)).toBe(0);
    settle(heap, env);
  });

  it("are isolated between clones and united with them, those made apart too", () => {
    const heap = makeHeap();
    const base = environmentOf(heap);
    const common = base.createSpace();
    base.add(atom("base"), { space: common });
    const left = base.clone();
    const right = base.clone();
    left.add(atom("left"), { space: common });
    right.add(atom("right"), { space: common });
    right.remove(atom("base"), { space: common });
    const mine = left.createSpace();
    const theirs = right.createSpace();
    left.add(atom("mine"), { space: mine });
    right.add(atom("theirs"), { space: theirs });
    expect(inSpace(base, common)).toEqual(["base"]);
    expect(inSpace(left, common)).toEqual(["base", "left"]);
    const united = left.union(right);
    checkEnvironment(united);
    expect(inSpace(united, common)).toEqual(["left", "right"]);
    expect(inSpace(united, mine)).toEqual(["mine"]);
    expect(inSpace(united, theirs)).toEqual(["theirs"]);
    united.add(atom("more"), { space: theirs });
    expect(inSpace(right, theirs)).toEqual(["theirs"]);
    settle(heap, base, left, right, united);
  });

  it("that the environment does not have are refused", () => {
    const heap = makeHeap();
    const env = environmentOf(heap);
    const unknown = new SpaceAtom(999, 1);
    expect(() => env.add(atom("x"), { space: unknown })).toThrow(/space/u);
    expect(() => [...env.atoms({ space: unknown })]).toThrow(/space/u);
    expect(() => env.remove(atom("x"), { space: unknown })).toThrow(/space/u);
    settle(heap, env);
  });
});

describe("states", () => {
  it("hold what was set last, in each clone its own", () => {
    const heap = makeHeap();
    const env = environmentOf(heap);
    const state = env.createState(atom("(a 1)"));
    const clone = env.clone();
    clone.setState(state, atom("(b $x)"));
    expect(print(env.getState(state))).toBe("(a 1)");
    expect(print(clone.getState(state))).toBe("(b $x)");
    settle(heap, env, clone);
  });

  it("in a union have the value of the side that set them, whichever side that is", () => {
    const heap = makeHeap();
    const base = environmentOf(heap);
    const state = base.createState(atom("0"));
    const left = base.clone();
    const right = base.clone();
    left.setState(state, atom("1"));
    right.add(atom("unrelated"));
    const one = left.union(right);
    const other = right.union(left);
    expect(print(one.getState(state))).toBe("1");
    expect(print(other.getState(state))).toBe("1");
    expect(one.conflicts).toEqual([]);
    settle(heap, base, left, right, one, other);
  });

  it("set on both sides take the right side's value, and the conflict is reported once", () => {
    const heap = makeHeap();
    const base = environmentOf(heap);
    const state = base.createState(atom("0"));
    const left = base.clone();
    const right = base.clone();
    left.setState(state, atom("1"));
    right.setState(state, atom("2"));
    const united = left.union(right);
    expect(print(united.getState(state))).toBe("2");
    const shown = united.conflicts.map((it) => [
      it.state.writer === state.writer && it.state.sequence === state.sequence,
      print(it.left),
      print(it.right),
    ]);
    expect(shown).toEqual([[true, "1", "2"]]);
    left.add(atom("later"));
    const again = left.union(united);
    expect(print(again.getState(state))).toBe("2");
    expect(again.conflicts).toEqual([]);
    settle(heap, base, left, right, united, again);
  });
});

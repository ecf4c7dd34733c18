import { describe, expect, it } from "vitest";
import { ReplSession } from "../../../src/cli/repl/repl-session.js";
import { Environment } from "../../../src/environment/environment.js";
import { checkHeap } from "../../../src/memory/check-heap.js";
import { Heap } from "../../../src/memory/heap.js";
import { parseAtom } from "../../../src/term/parser.js";
import { print } from "../../../src/term/printer.js";

function open() {
  const heap = Heap.create({ maxBytes: 1 << 24 });
  const environment = Environment.create(heap);
  const session = new ReplSession(environment);
  const add = (text: string): void => {
    session.checkpoint();
    environment.add(parseAtom(text));
    session.forgetIfUnchanged();
  };
  const atoms = (): string[] => [...environment.atoms()].map((atom) => print(atom));
  return { heap, environment, session, add, atoms };
}

describe("ReplSession", () => {
  it("takes inputs back one by one", () => {
    const { session, add, atoms } = open();
    add("(a 1)");
    add("(a 2)");
    expect(session.undo()).toBe(true);
    expect(atoms()).toEqual(["(a 1)"]);
    expect(session.undo()).toBe(true);
    expect(atoms()).toEqual([]);
    expect(session.undo()).toBe(false);
  });

  it("does not count inputs that changed nothing", () => {
    const { session, add, atoms } = open();
    add("(a 1)");
    session.checkpoint();
    session.forgetIfUnchanged();
    expect(session.undo()).toBe(true);
    expect(atoms()).toEqual([]);
  });

  it("keeps clones apart and unites them", () => {
    const { session, add, atoms } = open();
    add("(a 1)");
    session.keepClone("other");
    add("(a 2)");
    session.goTo("other");
    expect(session.currentName).toBe("other");
    expect(atoms()).toEqual(["(a 1)"]);
    add("(a 3)");
    expect(session.list()).toEqual([
      { name: "other", atoms: 2, current: true },
      { name: "main", atoms: 2, current: false },
    ]);
    session.goTo("main");
    session.uniteWith("other");
    expect(atoms().toSorted()).toEqual(["(a 1)", "(a 2)", "(a 3)"]);
    session.undo();
    expect(atoms()).toEqual(["(a 1)", "(a 2)"]);
  });

  it("goes back across a change of environment", () => {
    const { session, add, atoms } = open();
    session.keepClone("other");
    add("(a 1)");
    session.goTo("other");
    session.undo();
    expect(session.currentName).toBe("main");
    expect(atoms()).toEqual([]);
  });

  it("names what there is when a clone is unknown", () => {
    const { session } = open();
    expect(() => session.goTo("nowhere")).toThrow("no clone nowhere; there are main");
    expect(() => session.keepClone("main")).toThrow("this environment is main itself");
  });

  it("holds nothing when it is disposed (SS2)", () => {
    const { heap, environment, session, add } = open();
    add("(a 1)");
    session.keepClone("other");
    add("(a 2)");
    session.goTo("other");
    session.dispose();
    environment.dispose();
    checkHeap(heap);
    expect(heap.stats().kinds.get("environment")).toBeUndefined();
  });
});

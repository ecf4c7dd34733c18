/** The interface that the writers of a body's parts share. */
import type { Atom } from "../../term/atom.js";
import type { CallPlanner } from "../plan/call-plan.js";
import type { After } from "./after.js";
import type { FunctionText, UnitText } from "./code-text.js";
import type { Scope } from "./scope.js";

/** What the code of a body needs to know about its relation. */
export interface BodySite {
  readonly unit: UnitText;
  readonly planner: CallPlanner;
  /** The name of the function that calls this head; to be linked. */
  link(head: Atom, arity: number, type: Atom): string;
  /** How many of the permitted levels one call of this function uses up. */
  readonly weight: string;
}

export interface NodeWriter {
  /** Code that gives the value of a node, where a plain type is expected, to `after`. */
  node(fn: FunctionText, node: Atom, type: Atom, scope: Scope, after: After): void;
  /** A block that may be left for the machine to evaluate the node. */
  guarded(
    fn: FunctionText,
    node: Atom,
    type: Atom,
    scope: Scope,
    after: After,
    write: (label: string) => void,
  ): void;
}

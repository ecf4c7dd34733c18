/** What the writers of parts of a body's code need of each other. */
import type { Atom } from "../../term/atom.js";
import type { After } from "./after.js";
import type { CallPlanner } from "./call-plan.js";
import type { FunctionText, UnitText } from "./code-text.js";
import type { Scope } from "./scope.js";

/** What a body's code needs to know of the relation it is part of. */
export interface BodySite {
  readonly unit: UnitText;
  readonly planner: CallPlanner;
  /** The name of the function that calls this head; to be linked. */
  link(head: Atom, arity: number, type: Atom): string;
  /** What a level takes of those that generated code may go down. */
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

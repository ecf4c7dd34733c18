/** The interface that the writers of a body's parts share. */
import type { Atom } from "../../term/atom.js";
import type { CallPlanner } from "../plan/call-plan.js";
import type { RuleProfile } from "../rules/rule-profile.js";
import type { UnitText } from "./code-text.js";
import type { Point } from "./point.js";
import type { RecursionWriter } from "./recursion-code.js";

/** What the code of a body needs to know about its relation. */
export interface BodySite {
  readonly unit: UnitText;
  readonly planner: CallPlanner;
  /** The name of the function that calls this head; to be linked. */
  link(head: Atom, arity: number, type: Atom): string;
  /** Whether a call by that name is one of the relation by itself, for the same type. */
  isOwn(link: string): boolean;
  readonly recursion: RecursionWriter;
  /** Counts the rules that are applied; null: nobody does. */
  readonly profile: RuleProfile | null;
  /** How many of the permitted levels one call of this function uses up. */
  readonly weight: string;
}

export interface NodeWriter {
  /** Code that gives the value of a node, where a plain type is expected, to what is behind the point. */
  node(node: Atom, type: Atom, at: Point): void;
  /** A block that may be left for the machine to evaluate the node. */
  guarded(node: Atom, type: Atom, at: Point, write: (label: string) => void): void;
}

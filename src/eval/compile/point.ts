/** Points of generated code: where the text of a node is written, and what is done with the node's value. */
import type { After } from "./after.js";
import type { FunctionText } from "./code-text.js";
import type { Scope } from "./scope.js";

export class Point {
  readonly fn: FunctionText;
  /** What is known there of slots. */
  readonly scope: Scope;
  readonly after: After;

  constructor(fn: FunctionText, scope: Scope, after: After) {
    this.fn = fn;
    this.scope = scope;
    this.after = after;
  }

  /** The same, on a path of its own. */
  fork(): Point {
    return new Point(this.fn, this.scope.fork(), this.after);
  }

  /** Where something else is known of slots. */
  within(scope: Scope): Point {
    return new Point(this.fn, scope, this.after);
  }

  /** Where the value goes to something else first. */
  before(after: After): Point {
    return new Point(this.fn, this.scope, after);
  }

  /** In the rest of the function, which is another one (after.ts). */
  inRest(rest: FunctionText, scope: Scope): Point {
    return new Point(rest, scope, this.after);
  }
}

import { Frame, type Machine } from "../../src/eval/machine/machine.js";
import type { Atom } from "../../src/term/atom.js";
import { resolve } from "../../src/term/resolve.js";

/** Takes every value that a machine finds, as it is when it is found. */
export class Results extends Frame {
  readonly found: Atom[] = [];

  constructor() {
    super(null);
  }

  resume(machine: Machine, value: Atom): void {
    const found = resolve(value);
    this.found.push(found);
    machine.branches.hold(found);
    machine.fail();
  }
}

/**
 * Special forms as a library knows them: what they are called with. What a form does takes a machine to say, and is
 * said where there is one (machine/special-form.ts).
 */
import type { Atom } from "../../term/atom.js";

/** What a form is called with. */
interface FormSignature {
  readonly name: string;
  readonly type: Atom;
  readonly summary: string;
  /** Parameters beyond this many are optional. */
  readonly leastArguments: number;
  readonly mostArguments: number;
  /** Whether it is a grounded atom to programs; others are symbols. */
  readonly isGrounded: boolean;
}

/** A form; every object of this class is one of its own, whatever its name is. */
export abstract class Form implements FormSignature {
  readonly name: string;
  readonly type: Atom;
  readonly summary: string;
  readonly leastArguments: number;
  readonly mostArguments: number;
  readonly isGrounded: boolean;

  constructor(signature: FormSignature) {
    const { name, type, summary, leastArguments, mostArguments, isGrounded } = signature;
    this.name = name;
    this.type = type;
    this.summary = summary;
    this.leastArguments = leastArguments;
    this.mostArguments = mostArguments;
    this.isGrounded = isGrounded;
  }

  /** Whether a call may have so many arguments. */
  takes(count: number): boolean {
    return count >= this.leastArguments && count <= this.mostArguments;
  }
}

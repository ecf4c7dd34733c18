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
  /** A call has at least this many, also by another type that the language declares for the name. */
  readonly fewestArguments: number;
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
  readonly fewestArguments: number;
  readonly isGrounded: boolean;

  constructor(signature: FormSignature) {
    this.name = signature.name;
    this.type = signature.type;
    this.summary = signature.summary;
    this.leastArguments = signature.leastArguments;
    this.mostArguments = signature.mostArguments;
    this.fewestArguments = signature.fewestArguments;
    this.isGrounded = signature.isGrounded;
  }

  /** Whether a call may have so many arguments. */
  takes(count: number): boolean {
    return count >= this.fewestArguments && count <= this.mostArguments;
  }
}

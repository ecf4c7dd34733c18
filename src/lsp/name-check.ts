/**
 * Names that may be slips, and calls that no rule is made for, as `oxbow run` remarks on them:
 *
 *     !(haf 3)            nothing is known of haf, and half is near
 *     !(match &slf …)     nothing is bound to &slf
 *     !(half 3 4)         rules of half, but none of two arguments, nor any fact
 *
 * A name that is near to none may well be data, so nothing is said of it.
 */
import type { Call, Place } from "./item-facts.js";
import { shapeOf } from "./item-facts.js";
import type { LanguageNames } from "./language-names.js";
import type { NearNames } from "./near-names.js";
import type { Item, ProgramDocument } from "./program-document.js";

/** What is wrong with a call. */
interface Judgement {
  readonly message: string;
  /** What was probably meant. */
  readonly meant?: string;
}

interface NameProblem extends Place, Judgement {
  readonly item: Item;
}

const SHORTEST_NAME = 3;
const LONG_NAME = 6;

export class NameCheck {
  readonly #document: ProgramDocument;
  readonly #family: readonly ProgramDocument[];
  readonly #language: LanguageNames;
  readonly #near: NearNames;
  /** By name, number of arguments and place of a call: programs say the same thing often. */
  readonly #judged: Map<string, Judgement | null> = new Map();

  constructor(
    document: ProgramDocument,
    family: readonly ProgramDocument[],
    language: LanguageNames,
    near: NearNames,
  ) {
    this.#document = document;
    this.#family = family;
    this.#language = language;
    this.#near = near;
    near.update(family.map(({ known }) => known));
  }

  problems(): NameProblem[] {
    const found: NameProblem[] = [];
    for (const item of this.#document.items) {
      for (const call of item.facts.calls) {
        if (this.#language.has(call.name)) continue;
        const problem = this.#judge(call);
        if (problem === null) continue;
        found.push({ item, start: call.start, end: call.end, ...problem });
      }
    }
    return found;
  }

  #judge(call: Call): Judgement | null {
    const key = `${call.given} ${call.where} ${call.name}`;
    let found = this.#judged.get(key);
    if (found === undefined) {
      found = this.#ofCall(call);
      this.#judged.set(key, found);
    }
    return found;
  }

  #ofCall(call: Call): Judgement | null {
    if (!this.#isKnown(call.name)) return this.#ofUnknown(call);
    return call.where === "pattern" || call.given < 0 ? null : this.#ofArity(call);
  }

  #isKnown(name: string): boolean {
    return this.#family.some((each) => each.known.has(name));
  }

  #ofUnknown({ name, where }: Call): Judgement | null {
    const isSpace = name.startsWith("&");
    const meant = name.length < SHORTEST_NAME ? undefined : this.#near.nearestTo(name);
    if (isSpace) {
      const message = `nothing is bound to ${name}`;
      return meant === undefined
        ? { message }
        : { message: `${message}; did you mean ${meant}?`, meant };
    }
    if (meant === undefined) return null;
    // In the body of a rule it may well be a name for data that happens to be near another.
    if (where === "body" && name.length !== meant.length && name.length < LONG_NAME) return null;
    return { message: `nothing is known of ${name}; did you mean ${meant}?`, meant };
  }

  #ofArity({ name, given }: Call): Judgement | null {
    const taken = new Set<number>();
    for (const { definition } of this.#family.flatMap((each) => each.definitionsOf(name))) {
      if (definition.kind === "rule") taken.add(definition.arity);
    }
    const shape = shapeOf(name, given);
    if (taken.size === 0 || this.#family.some(({ shapes }) => shapes.has(shape))) return null;
    const counts = [...taken].toSorted((one, other) => one - other).join(" or ");
    const shown = given === 1 ? "1 argument" : `${given} arguments`;
    return { message: `no rule of ${name} takes ${shown}; its rules take ${counts}` };
  }
}

/** Special forms for search: matching a space, collecting alternatives, comparing them. */

import { withContents } from "../../environment/contents.js";
import type { Environment } from "../../environment/environment.js";
import type { MatchCursor } from "../../environment/match-cursor.js";
import { openSearch } from "../../environment/search.js";
import {
  type Atom,
  EXPRESSION,
  type Expression,
  expression,
  HOST,
  SPACE,
  symbol,
  UNIT,
} from "../../term/atom.js";
import { AlphaNumbers, AtomNumbers } from "../../term/atom-numbers.js";
import { printBriefly } from "../../term/printer.js";
import { dereference, resolve } from "../../term/resolve.js";
import { collect, ThenFrame } from "../collecting.js";
import { form, type SpecialForm } from "../library.js";
import { ChoicePoint, type Frame, giveEach, type Machine } from "../machine.js";
import { errorAtom } from "../operation.js";
import { spaceOf } from "../space-scope.js";
import { UNDEFINED } from "../type-names.js";
import { unifyEach } from "../unify-each.js";

/** The matches of a pattern, one after another. */
export class MatchChoice extends ChoicePoint {
  readonly #cursor: MatchCursor;
  readonly #template: Atom;
  readonly #type: Atom;
  readonly #frame: Frame | null;
  hasMatched = false;

  constructor(cursor: MatchCursor, template: Atom, type: Atom, frame: Frame | null) {
    super();
    this.#cursor = cursor;
    this.#template = template;
    this.#type = type;
    this.#frame = frame;
  }

  retry(machine: Machine): boolean {
    if (!this.#cursor.next()) return false;
    this.hasMatched = true;
    machine.evaluate(this.#template, this.#type, this.#frame);
    return true;
  }

  override close(): void {
    this.#cursor.close();
  }
}

/** The template of a `match`, evaluated to `type` for each match in the space that `where` is. */
export function matchIn(
  machine: Machine,
  where: Atom,
  call: Expression,
  type: Atom,
  frame: Frame | null,
): void {
  const [, , pattern, template] = call.children;
  const space = spaceOf(where, machine.self);
  if (space !== undefined) {
    const cursor = openSearch(machine.environment, space, pattern!, machine.trail);
    machine.push(new MatchChoice(cursor, template!, type, frame));
    machine.fail();
  } else if (where.tag === HOST && where.behavior.match !== undefined) {
    const found = (): void => machine.evaluate(template!, type, frame);
    unifyEach(machine, where, pattern!, found, () => machine.fail());
  } else {
    const reason = "match expects a space as the first argument";
    machine.give(errorAtom(resolve(call), reason), frame);
  }
}

const match = form(
  "match",
  "(-> SpaceType Atom Atom %Undefined%)",
  "For every match of the pattern in the space, in insertion order, the template; (, p1 p2 …) matches all patterns together.",
  (machine, call, type, frame) => {
    const search = new ThenFrame(frame, (_machine, value, parent) => {
      matchIn(machine, value, call, type, parent);
    });
    const space = dereference(call.children[1]!);
    if (space.tag === SPACE) search.resume(machine, space);
    else machine.evaluate(space, UNDEFINED, search);
  },
);

const collapse = form(
  "collapse",
  "(-> Atom Atom)",
  "All values of its argument, in a tuple.",
  (machine, call, _type, frame) =>
    collect(machine, call.children[1]!, UNDEFINED, (found) => {
      const tuple = found.length === 0 ? UNIT : expression(found);
      machine.give(markedIfGround(tuple), frame);
    }),
);

/** The values are evaluated, so a tuple of them is too. */
function markedIfGround(tuple: Expression): Expression {
  if (tuple !== UNIT && tuple.ground) tuple.evaluated = true;
  return tuple;
}

/** Numbers atoms so that those that count as equal have one number. */
type Numbering = new () => { numberOf(atom: Atom): number };

/** Characters of one atom in the report of a failed assertion. */
const LONGEST_SHOWN = 100_000;

/** For each atom whether it has a partner among the others, each partner used once. */
function partnered(
  environment: Environment,
  atoms: readonly Atom[],
  others: readonly Atom[],
  By: Numbering,
): boolean[] {
  const numbers = new By();
  const left = new Map<number, number>();
  for (const other of others) {
    const number = numbers.numberOf(withContents(environment, other));
    left.set(number, (left.get(number) ?? 0) + 1);
  }
  return atoms.map((atom) => {
    const number = numbers.numberOf(withContents(environment, atom));
    const count = left.get(number) ?? 0;
    if (count > 0) left.set(number, count - 1);
    return count > 0;
  });
}

/** The members of `wanted` that `found` lacks, counting each occurrence. */
function missing(
  environment: Environment,
  wanted: readonly Atom[],
  found: readonly Atom[],
  by: Numbering,
): Atom[] {
  const known = partnered(environment, wanted, found, by);
  return wanted.filter((_atom, index) => !known[index]);
}

/** `()` if the values are the same as multisets, otherwise the error of the failed assertion. */
function compareResults(
  environment: Environment,
  call: Expression,
  got: readonly Atom[],
  wanted: readonly Atom[],
  by: Numbering,
  message: Atom | undefined,
): Atom {
  const missed = missing(environment, wanted, got, by);
  const excessive = missing(environment, got, wanted, by);
  if (missed.length === 0 && excessive.length === 0) return UNIT;
  if (message !== undefined) {
    const withoutMessage = expression(call.children.slice(0, -1));
    return errorAtom(resolve(withoutMessage), resolve(message));
  }
  const show = (atoms: readonly Atom[]): string =>
    atoms.map((atom) => printBriefly(withContents(environment, atom), LONGEST_SHOWN)).join(", ");
  let report = `\nExpected: [${show(wanted)}]\nGot: [${show(got)}]`;
  if (missed.length > 0) report += `\nMissed results: ${show(missed)}`;
  if (excessive.length > 0) report += `\nExcessive results: ${show(excessive)}`;
  return errorAtom(resolve(call), report);
}

/** An assertion: `evaluated` says whether the expected side is an expression to evaluate. */
function assertion(
  name: string,
  type: string,
  summary: string,
  by: Numbering,
  evaluated: boolean,
  withMessage: boolean,
): SpecialForm {
  return form(name, type, summary, (machine, call, _type, frame) => {
    const [, actual, expected, message] = call.children;
    collect(machine, actual!, UNDEFINED, (got) => {
      const compare = (wanted: readonly Atom[]): void => {
        const note = withMessage ? message : undefined;
        machine.give(compareResults(machine.environment, call, got, wanted, by, note), frame);
      };
      if (evaluated) {
        collect(machine, expected!, UNDEFINED, compare);
        return;
      }
      const list = resolve(expected!);
      compare(list.tag === EXPRESSION ? list.children : [list]);
    });
  });
}

const assertions: readonly SpecialForm[] = [
  assertion(
    "assertEqual",
    "(-> Atom Atom (->))",
    "Fails unless both arguments have the same values.",
    AtomNumbers,
    true,
    false,
  ),
  assertion(
    "assertEqualMsg",
    "(-> Atom Atom Atom (->))",
    "Like assertEqual, with a custom message.",
    AtomNumbers,
    true,
    true,
  ),
  assertion(
    "assertAlphaEqual",
    "(-> Atom Atom (->))",
    "Like assertEqual, up to renaming of variables.",
    AlphaNumbers,
    true,
    false,
  ),
  assertion(
    "assertAlphaEqualMsg",
    "(-> Atom Atom Atom (->))",
    "Like assertAlphaEqual, with a custom message.",
    AlphaNumbers,
    true,
    true,
  ),
  assertion(
    "assertEqualToResult",
    "(-> Atom Atom (->))",
    "Fails unless the values of the first argument are the list that is the second.",
    AtomNumbers,
    false,
    false,
  ),
  assertion(
    "assertEqualToResultMsg",
    "(-> Atom Atom Atom (->))",
    "Like assertEqualToResult, with a custom message.",
    AtomNumbers,
    false,
    true,
  ),
  assertion(
    "assertAlphaEqualToResult",
    "(-> Atom Atom (->))",
    "Like assertEqualToResult, up to renaming of variables.",
    AlphaNumbers,
    false,
    false,
  ),
  assertion(
    "assertAlphaEqualToResultMsg",
    "(-> Atom Atom Atom (->))",
    "Like assertAlphaEqualToResult, with a custom message.",
    AlphaNumbers,
    false,
    true,
  ),
];

const INCLUDES_ERROR = ["assertIncludes", "error:"].map(symbol);
const NOT_INCLUDED = ["not", "included", "in", "result:"].map(symbol);

const assertIncludes = form(
  "assertIncludes",
  "(-> Atom Expression (->))",
  "Fails unless every atom of the second argument is among the values of the first.",
  (machine, call, _type, frame) => {
    const wanted = resolve(call.children[2]!);
    collect(machine, call.children[1]!, UNDEFINED, (got) => {
      const list = wanted.tag === EXPRESSION ? wanted.children : [wanted];
      const missed = missing(machine.environment, list, got, AtomNumbers);
      const reason = [...INCLUDES_ERROR, expression(missed), ...NOT_INCLUDED, expression(got)];
      const error = errorAtom(resolve(call), expression(reason));
      machine.give(missed.length === 0 ? UNIT : error, frame);
    });
  },
);

type Combination = (environment: Environment, first: Atom[], second: Atom[]) => Atom[];

/** A form over all values of its arguments, as `unique` and `union` are. */
function overValues(
  name: string,
  arity: 1 | 2,
  summary: string,
  combine: Combination,
): SpecialForm {
  const type = arity === 1 ? "(-> Atom %Undefined%)" : "(-> Atom Atom %Undefined%)";
  return form(name, type, summary, (machine, call, _type, frame) => {
    collect(machine, call.children[1]!, UNDEFINED, (first) => {
      if (arity === 1) {
        giveEach(machine, combine(machine.environment, first, []), frame);
        return;
      }
      collect(machine, call.children[2]!, UNDEFINED, (second) =>
        giveEach(machine, combine(machine.environment, first, second), frame),
      );
    });
  });
}

/** The first of each, up to renaming of variables. */
export function unique(environment: Environment, atoms: readonly Atom[]): Atom[] {
  const numbers = new AlphaNumbers();
  const known = new Set<number>();
  return atoms.filter((atom) => {
    const before = known.size;
    return known.add(numbers.numberOf(withContents(environment, atom))).size > before;
  });
}

/** Those of `atoms` that have a partner in `others`, each partner used once. */
export function intersection(
  environment: Environment,
  atoms: readonly Atom[],
  others: readonly Atom[],
): Atom[] {
  const known = partnered(environment, atoms, others, AtomNumbers);
  return atoms.filter((_atom, index) => known[index]);
}

export function subtraction(
  environment: Environment,
  atoms: readonly Atom[],
  others: readonly Atom[],
): Atom[] {
  return missing(environment, atoms, others, AtomNumbers);
}

export const SEARCH_FORMS: readonly SpecialForm[] = [
  match,
  collapse,
  ...assertions,
  assertIncludes,
  overValues("unique", 1, "The distinct values of its argument.", unique),
  overValues("union", 2, "The values of both arguments.", (_environment, one, other) => [
    ...one,
    ...other,
  ]),
  overValues("intersection", 2, "The values that both arguments have.", intersection),
  overValues(
    "subtraction",
    2,
    "The values of the first argument that the second lacks.",
    subtraction,
  ),
];

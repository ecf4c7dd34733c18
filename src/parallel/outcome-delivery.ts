/** Delivering outcomes: what cannot be shared, or finds no room, becomes a failure of its branch. */

import { OxbowError } from "../base/errors.js";
import { errorAtom } from "../eval/language/error-atom.js";
import type { Packed } from "../memory/packed.js";
import type { Atom } from "../term/atom.js";
import type { Vocabulary } from "../term/vocabulary.js";
import { describe } from "./failure.js";
import { type BranchOutcome, type OutcomeList, packOutcomes } from "./outcome.js";

/** A branch may win a race with this: it is at its end, or has as many results as were asked for. */
export function isResult({ status, stopped, results }: BranchOutcome): boolean {
  const isGood = status === "done" || (status === "stopped" && stopped === "maxResults");
  return isGood && results.length > 0;
}

/** Outcomes in a region; those that cannot be shared, or find no room, as failures. */
export function packShareable(
  vocabulary: Vocabulary,
  atoms: readonly Atom[],
  outcomes: readonly BranchOutcome[],
): Packed<OutcomeList> {
  try {
    return packOutcomes(vocabulary, outcomes);
  } catch (error) {
    if (!(error instanceof OxbowError)) throw error;
    return packOutcomes(
      vocabulary,
      outcomes.map((outcome, index) => shareableOutcome(vocabulary, atoms[index]!, outcome)),
    );
  }
}

function shareableOutcome(
  vocabulary: Vocabulary,
  atom: Atom,
  outcome: BranchOutcome,
): BranchOutcome {
  try {
    packOutcomes(vocabulary, [outcome]).dispose();
    return outcome;
  } catch (error) {
    if (!(error instanceof OxbowError)) throw error;
    const failure = describe(error);
    return {
      ...outcome,
      status: "failed",
      stopped: "completed",
      failure,
      output: "",
      results: [errorAtom(atom, failure)],
    };
  }
}

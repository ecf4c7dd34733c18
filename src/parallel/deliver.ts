/** Handing outcomes over: what cannot be shared, or finds no room, becomes a failure of its branch. */
import type { Address } from "../base/address.js";
import { InvariantError } from "../base/assert.js";
import { release } from "../memory/allocator.js";
import type { Atom } from "../term/atom.js";
import type { Vocabulary } from "../term/vocabulary.js";
import { describe, errorResult } from "./branch.js";
import { type BranchOutcome, encodeOutcomes } from "./outcome.js";

/** A branch may win a race with this. */
export function isResult({ status, results }: BranchOutcome): boolean {
  return status === "done" && results.length > 0;
}

/** Outcomes as a segment; those that cannot be shared, or find no room, as failures. */
export function encodeShareable(
  vocabulary: Vocabulary,
  atoms: readonly Atom[],
  outcomes: readonly BranchOutcome[],
): Address {
  try {
    return encodeOutcomes(vocabulary, outcomes);
  } catch (error) {
    if (error instanceof InvariantError) throw error;
    return encodeOutcomes(
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
    release(vocabulary.heap, encodeOutcomes(vocabulary, [outcome]));
    return outcome;
  } catch (error) {
    const reason = describe(error);
    return {
      ...outcome,
      status: "failed",
      reason,
      output: "",
      results: [errorResult(atom, reason)],
    };
  }
}

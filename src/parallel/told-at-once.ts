/**
 * Branches that are told at once: numbers, texts, and calls of pure operations on such, which need neither an
 * environment nor a machine of their own (eval/machine/immediate.ts). A fork of nothing else is no fork.
 *
 *   TA1  What is told here is what the branches would have given: none of them could write, print, wait, fork, fail,
 *        or take a step.
 */
import { countWork } from "../base/work.js";
import { UNDEFINED } from "../eval/language/type-names.js";
import { immediateValue, isPlain } from "../eval/machine/immediate.js";
import type { Machine } from "../eval/machine/machine.js";
import { isBareMinimal } from "../eval/program/pragmas.js";
import { type Atom, EXPRESSION } from "../term/atom.js";
import { dereference } from "../term/resolve.js";
import type { BranchOutcome } from "./outcome.js";
import type { ForkResult } from "./site.js";

/** What a fork of these branches gives; null if one of them takes more than a look. */
export function toldAtOnce(machine: Machine, atoms: readonly Atom[]): ForkResult | null {
  if (machine.shortcuts === "none" || isBareMinimal(machine.context.environment)) return null;
  const values: Atom[] = [];
  for (const branch of atoms) {
    countWork(1);
    const atom = dereference(branch);
    const value = atom.tag === EXPRESSION ? immediateValue(machine.context, atom, UNDEFINED) : atom;
    if (value === null || !isPlain(value)) return null;
    values.push(value);
  }
  const { thread } = machine.handle.store.heap;
  const startedMs = performance.timeOrigin + performance.now();
  const outcomes = values.map((value) => outcomeOf(value, thread, startedMs));
  return { outcomes, environments: [], winner: -1 };
}

function outcomeOf(value: Atom, thread: number, startedMs: number): BranchOutcome {
  return {
    status: "done",
    results: [value],
    output: "",
    stopped: "completed",
    failure: "",
    hadErrors: false,
    steps: 0,
    timeMs: 0,
    startedMs,
    segmentsCopied: 0,
    thread,
  };
}

/**
 * Answer: how the branches of a job ended, in a block.
 *
 *     body     n, then each branch:
 *     branch   status, reason, errors, steps (2), time, began (2), copied, thread, output, failure
 *              0, or 1 and a change list from the base          what it wrote
 *              n, then each: run                                its results
 */
import { changesBetween } from "../environment/changes.js";
import { type Environment, handleOf } from "../environment/environment.js";
import { createSpace } from "../environment/space-access.js";
import { createState } from "../environment/state.js";
import { encodeScratch } from "../environment/workspace.js";
import { STOP_REASONS } from "../eval/limits/limits.js";
import { type BranchOutcome, STATUSES } from "../parallel/outcome.js";
import { UNIT } from "../term/atom.js";
import { ChangeWriter, carryOut } from "./change-list.js";
import { type Name, type Names, NameTable } from "./names.js";
import { RunReader, RunWriter } from "./runs.js";
import { ANSWER, BlockReader, BlockWriter } from "./words.js";

/** How a branch ended, and what the environment is that it left: the base's own, or null, if it wrote nothing. */
export interface AnsweredBranch {
  readonly outcome: BranchOutcome;
  readonly environment: Environment | null;
}

/** Writes how branches ended, which ran on clones of a base. Throws ERR_NOT_SHAREABLE. */
export function writeAnswer(
  branches: readonly AnsweredBranch[],
  base: Environment,
  names: Names,
): Int32Array {
  const block = new BlockWriter(ANSWER);
  block.put(branches.length);
  for (const branch of branches) writeBranch(block, branch, base, names);
  return block.finish();
}

function writeBranch(
  block: BlockWriter,
  { outcome, environment }: AnsweredBranch,
  base: Environment,
  names: Names,
): void {
  putOutcome(block, outcome);
  const handle = handleOf(environment ?? base);
  const table = new NameTable(handle, names.extended());
  // A branch's rows come behind those of the base that it is a clone of.
  const changes = environment === null ? null : changesBetween(handleOf(base), handle)!;
  block.put(changes === null ? 0 : 1);
  if (changes !== null) new ChangeWriter(block, handle, table).put(changes);
  const { store } = handle;
  const runs = new RunWriter(block, store.vocabulary, table);
  block.put(outcome.results.length);
  for (const result of outcome.results) {
    const length = encodeScratch(store, result);
    runs.put(store.scratch, 0, length);
  }
}

function putOutcome(block: BlockWriter, outcome: BranchOutcome): void {
  block.put(STATUSES.indexOf(outcome.status));
  block.put(STOP_REASONS.indexOf(outcome.stopped));
  block.put(outcome.hadErrors ? 1 : 0);
  block.putLarge(outcome.steps);
  block.put(Math.min(Math.round(outcome.timeMs * 1000), 2 ** 31 - 1));
  block.putLarge(Math.round(outcome.startedMs * 1000));
  block.put(outcome.segmentsCopied);
  block.put(outcome.thread);
  block.putText(outcome.output);
  block.putText(outcome.failure);
}

/** Reads how `count` branches ended, on clones of the base. Throws `ERR_CLUSTER_DATA`, HeapExhaustedError. */
export function readAnswer(
  words: Int32Array,
  count: number,
  base: Environment,
  names: Names,
): AnsweredBranch[] {
  const block = new BlockReader(words, ANSWER, "the answer of a worker");
  const branches: AnsweredBranch[] = [];
  try {
    if (block.count() !== count) throw block.bad(`it is not of ${count} branches`);
    for (let index = 0; index < count; index++) branches.push(readBranch(block, base, names));
    block.end();
    return branches;
  } catch (error) {
    for (const { environment } of branches) environment?.dispose();
    throw error;
  }
}

function readBranch(block: BlockReader, base: Environment, names: Names): AnsweredBranch {
  const told = takeOutcome(block);
  const hasWritten = block.take() !== 0;
  const environment = base.clone();
  try {
    const handle = handleOf(environment);
    const table = new NameTable(handle, names.extended());
    if (hasWritten) carryOut(block, handle, table);
    // What names nothing any more gets a name that nothing has.
    using nothing = base.clone();
    const makeGone = (isSpace: boolean): Name =>
      isSpace ? createSpace(handleOf(nothing)) : createState(handleOf(nothing), UNIT);
    const runs = new RunReader(block, handle.store.vocabulary, table, makeGone);
    const results = Array.from({ length: block.count() }, () => runs.take());
    if (!hasWritten) environment.dispose();
    return { outcome: { ...told, results }, environment: hasWritten ? environment : null };
  } catch (error) {
    environment.dispose();
    throw error;
  }
}

function takeOutcome(block: BlockReader): Omit<BranchOutcome, "results"> {
  const status = STATUSES[block.index()];
  const stopped = STOP_REASONS[block.index()];
  if (status === undefined || stopped === undefined)
    throw block.bad("a branch ended in no known way");
  return {
    status,
    stopped,
    hadErrors: block.take() !== 0,
    steps: block.large(),
    timeMs: block.index() / 1000,
    startedMs: block.large() / 1000,
    segmentsCopied: block.index(),
    thread: block.take(),
    output: block.text(),
    failure: block.text(),
  };
}

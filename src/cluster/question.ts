/**
 * Question: the atoms of some branches in a block.
 *
 *     body   0 | 1, name       `&self` is the environment's own space, or that one
 *            n, then each: run
 */
import type { Handle } from "../environment/handle.js";
import { encodeScratch } from "../environment/workspace.js";
import type { Atom, SpaceAtom } from "../term/atom.js";
import { type Names, NameTable } from "./names.js";
import { RunReader, RunWriter } from "./runs.js";
import { BlockReader, BlockWriter, QUESTION } from "./words.js";

interface Question {
  readonly atoms: readonly Atom[];
  readonly space: SpaceAtom | null;
}

/** Throws ERR_NOT_SHAREABLE for a value of the host. */
export function writeQuestion(question: Question, environment: Handle, names: Names): Int32Array {
  const block = new BlockWriter(QUESTION);
  const table = new NameTable(environment, names);
  block.put(question.space === null ? 0 : 1);
  if (question.space !== null) table.write(block, question.space);
  block.put(question.atoms.length);
  const runs = new RunWriter(block, environment.store.vocabulary, table);
  for (const atom of question.atoms) {
    const length = encodeScratch(environment.store, atom);
    runs.put(environment.store.scratch, 0, length);
  }
  return block.finish();
}

/** Throws `ERR_CLUSTER_DATA`. */
export function readQuestion(words: Int32Array, environment: Handle, names: Names): Question {
  const block = new BlockReader(words, QUESTION, "a question");
  const table = new NameTable(environment, names);
  const space = block.take() === 0 ? null : (table.read(block, true, null) as SpaceAtom);
  const runs = new RunReader(block, environment.store.vocabulary, table);
  const atoms = Array.from({ length: block.count() }, () => runs.take());
  block.end();
  return { atoms, space };
}

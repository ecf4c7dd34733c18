/** Answers: what an environment and a search give out as atoms, one after the other. */
import type { Atom, SpaceAtom, Variable } from "../term/atom.js";
import { decode } from "../term/decode.js";
import { mapLeaves, renameFresh, resolve } from "../term/resolve.js";
import { type Handle, takePin } from "./handle.js";
import { type ShapedMatch, searchShaped } from "./query-shape.js";
import { type Question, restrictionOf } from "./question.js";
import { ROW_TOKENS } from "./relation.js";
import type { Restriction } from "./restriction.js";
import { allRows } from "./row-stream.js";
import { matchThrough, searchTrail } from "./search.js";
import { findSpace } from "./space-access.js";

/** What a match binds: the pattern's variables as they were given, to atoms. */
export type Bindings = ReadonlyMap<Variable, Atom>;

/** As `Environment.atoms`. */
export function* atomsOf(handle: Handle, space: SpaceAtom | null): IterableIterator<Atom> {
  const pin = takePin(handle);
  try {
    const { store } = handle;
    const record = findSpace(store.words, handle.root, space);
    handle.reads?.noteEverything(handle);
    const rows = allRows(store.words, record);
    while (rows.next()) {
      yield decode(store.vocabulary, store.words, rows.row + ROW_TOKENS);
      pin.check();
    }
  } finally {
    pin.close();
  }
}

/** As `Environment.match`. */
export function instancesOf(
  handle: Handle,
  question: Question,
  template: Atom,
): IterableIterator<Atom> {
  return answersTo(
    handle,
    question,
    ({ filled }) => mapLeaves(template, filled),
    () => instancesInGeneral(handle, question, template),
  );
}

/**
 * An answer for each match, of the environment as it is when iteration begins: of a search by a shape or, where there
 * can be none, what the general one gives.
 */
function* answersTo<Answer>(
  handle: Handle,
  question: Question,
  answerOf: (shaped: ShapedMatch) => Answer,
  inGeneral: () => Iterable<Answer>,
): IterableIterator<Answer> {
  const shaped = searchShaped(handle, question);
  if (shaped === null) {
    yield* inGeneral();
    return;
  }
  const { match } = shaped;
  try {
    while (match.next()) {
      const answer = answerOf(shaped);
      const isLast = match.isLast();
      if (!isLast) match.keep(handle);
      yield answer;
      if (isLast) return;
    }
  } finally {
    shaped.close();
  }
}

function* instancesInGeneral(
  handle: Handle,
  { pattern, space, intervals }: Question,
  template: Atom,
): IterableIterator<Atom> {
  const renamed = new Map<Variable, Variable>();
  const wanted = renameFresh(pattern, renamed);
  const restriction = restrictionOf(intervals, renamed);
  const answer = renameFresh(template, renamed);
  const restore = restorer(renamed);
  for (const _match of matchesOf(handle, wanted, space, restriction)) {
    yield mapLeaves(resolve(answer), restore);
  }
}

/** As `Environment.bindings`. */
export function bindingsOf(handle: Handle, question: Question): IterableIterator<Bindings> {
  return answersTo(
    handle,
    question,
    (shaped) => shaped.bindings(),
    () => bindingsInGeneral(handle, question),
  );
}

function* bindingsInGeneral(
  handle: Handle,
  { pattern, space, intervals }: Question,
): IterableIterator<Bindings> {
  const renamed = new Map<Variable, Variable>();
  const wanted = renameFresh(pattern, renamed);
  const restriction = restrictionOf(intervals, renamed);
  const restore = restorer(renamed);
  for (const _match of matchesOf(handle, wanted, space, restriction)) {
    const bindings = new Map<Variable, Atom>();
    for (const [name, variable] of renamed) {
      if (variable.value !== null) bindings.set(name, mapLeaves(resolve(variable), restore));
    }
    yield bindings;
  }
}

function* matchesOf(
  handle: Handle,
  pattern: Atom,
  space: SpaceAtom | null,
  restriction: Restriction | null,
): IterableIterator<void> {
  const trail = searchTrail(handle);
  const cursor = matchThrough(handle, space, pattern, trail, {
    tallies: null,
    restriction,
    wanted: null,
  });
  try {
    for (; cursor.next(); trail.undoTo(0)) {
      if (restriction === null || restriction.holds) yield; // RI3
    }
  } finally {
    trail.undoTo(0);
    cursor.close();
  }
}

/** Puts the user's variables back in place of the renamed ones. */
function restorer(renamed: ReadonlyMap<Variable, Variable>): (leaf: Atom) => Atom {
  const original = new Map<Atom, Variable>();
  for (const [variable, fresh] of renamed) original.set(fresh, variable);
  return (leaf) => original.get(leaf) ?? leaf;
}

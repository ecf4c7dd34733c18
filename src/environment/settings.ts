/**
 * Settings: what an environment keeps under a name: the pragmas of a program, the words that it binds, the
 * modules that it has loaded. Each is a state whose name is a text and no event, so settings are shared by
 * clones, go with the root to every thread, and are united as states are: of two sides that changed one, and
 * did not know of each other, the right side's value stands and the conflict is reported.
 *
 *     (NAMED, id of "pragma type-check")   →   auto
 *     (NAMED, id of "word &kb")            →   the space
 *
 * No event has the writer NAMED, so no state or space of a program has such a name.
 * A setting that is taken back holds ().
 */
import { NO_ADDRESS } from "../base/address.js";
import { treeCursor } from "../containers/tree-cursor.js";
import { type Atom, EXPRESSION, StateAtom, UNIT } from "../term/atom.js";
import { equal } from "../term/equal.js";
import { NAMED } from "./causal-context.js";
import type { Handle } from "./handle.js";
import { STATES } from "./space.js";
import { findStateValue, putState } from "./state.js";

/** What a setting holds; undefined if it was never made, or was taken back. */
export function findSetting(environment: Handle, name: string): Atom | undefined {
  if (environment.store.words[environment.root + STATES] === NO_ADDRESS) return undefined;
  const id = environment.store.vocabulary.symbols.findId(name);
  if (id < 0) return undefined;
  const value = findStateValue(environment, new StateAtom(NAMED, id));
  return value === undefined || isTakenBack(value) ? undefined : value;
}

/** The state of that name, which is there once it was changed. Throws HeapExhaustedError. */
export function settingState(environment: Handle, name: string): StateAtom {
  return new StateAtom(NAMED, environment.store.vocabulary.symbols.idOfText(name));
}

/**
 * Makes or changes a setting; nothing is written if it holds the value already. Throws ERR_NOT_SHAREABLE,
 * HeapExhaustedError.
 */
export function changeSetting(environment: Handle, name: string, value: Atom): void {
  const known = findSetting(environment, name);
  if (known !== undefined && equal(known, value)) return;
  putState(environment, settingState(environment, name), value);
}

/** Takes a setting back. */
export function removeSetting(environment: Handle, name: string): void {
  if (findSetting(environment, name) === undefined) return;
  putState(environment, settingState(environment, name), UNIT);
}

/** Every setting whose name begins with `prefix`: the rest of its name, and what it holds. */
export function settingsFrom(
  environment: Handle,
  prefix: string,
): readonly (readonly [string, Atom])[] {
  const { root, store } = environment;
  const { words, vocabulary } = store;
  const found: (readonly [string, Atom])[] = [];
  if (words[root + STATES] === NO_ADDRESS) return found;
  const cursor = treeCursor(words, words[root + STATES]!, NAMED, 0);
  while (cursor.next()) {
    const name = vocabulary.symbols.textOf(cursor.low);
    if (!name.startsWith(prefix)) continue;
    const value = findStateValue(environment, new StateAtom(NAMED, cursor.low));
    if (value !== undefined && !isTakenBack(value)) found.push([name.slice(prefix.length), value]);
  }
  return found;
}

function isTakenBack(value: Atom): boolean {
  return value.tag === EXPRESSION && value.children.length === 0;
}

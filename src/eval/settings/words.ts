/**
 * Words: what a word of a text stands for besides itself, by `bind!` or because the library says so (`PI`). What a
 * program binds stands in its environment (environment/settings.ts): it goes where the environment goes.
 *
 *     word &kb                 bound by the program
 *     word <module>\n&kb       bound by a module's text, and known in it alone
 *
 * A value of the host cannot stand in shared memory. A word for one holds a ticket for it, a number that
 * the thread's table of host values (host-values.ts) knows; on another thread the word stands for an error.
 */

import { type Environment, handleOf, heapOf } from "../../environment/environment.js";
import { moduleOf } from "../../environment/module-space.js";
import { changeSetting, findSetting, settingsFrom } from "../../environment/settings.js";
import { type Atom, HOST, type SpaceAtom, STATE, string, symbol } from "../../term/atom.js";
import { equal } from "../../term/equal.js";
import { print } from "../../term/printer.js";
import { HostValues, hostTicket } from "../host/host-values.js";
import { errorAtom } from "../language/error-atom.js";
import type { Library } from "../library/library.js";

const PREFIX = "word ";
const SELF_WORD = "&self";

/** Where words are looked up: the environment, the space that stands for `&self`, and the library. */
interface Place {
  readonly environment: Environment;
  readonly space: SpaceAtom | null;
  readonly library: Library;
}

/** The space's own part of a setting's name: empty outside of modules. */
export function scopeOf(environment: Environment, space: SpaceAtom | null): string {
  const key = moduleOf(handleOf(environment), space);
  return key === undefined ? "" : `${key}\n`;
}

/** From now on the word stands for the atom, in texts that are read in this place. */
export function bindWord(
  { environment, space }: Omit<Place, "library">,
  word: string,
  atom: Atom,
): void {
  const value = atom.tag === HOST ? hostValuesOf(environment).keep(environment, atom) : atom;
  changeSetting(handleOf(environment), PREFIX + scopeOf(environment, space) + word, value);
}

/** What a word stands for in a place; undefined for itself. */
function meaningOf({ environment, space, library }: Place, word: string): Atom | undefined {
  const scope = scopeOf(environment, space);
  if (scope !== "" && word === SELF_WORD) return space!;
  const bound = findSetting(handleOf(environment), PREFIX + scope + word);
  if (bound === undefined) return library.registry.wordOf(word);
  const ticket = bound.tag === STATE ? hostTicket(bound) : null;
  return ticket === null ? bound : (hostValuesOf(environment).find(ticket) ?? lostValue(word));
}

function hostValuesOf(environment: Environment): HostValues {
  return HostValues.of(heapOf(environment));
}

function lostValue(word: string): Atom {
  return errorAtom(
    symbol(word),
    string("what the word stands for is a value of the host: closed, or of another thread"),
  );
}

/** What a parser is to be given for a text that is read in a place: a function from words to their meaning. */
export function tokensIn(place: Place): (word: string) => Atom | undefined {
  return (word) => meaningOf(place, word);
}

/** The words that the program of an environment has bound. */
export function boundWords(environment: Environment): string[] {
  return settingsFrom(handleOf(environment), PREFIX)
    .map(([word]) => word)
    .filter((word) => !word.includes("\n"));
}

/** How a person knows a space: by the word that the program has bound to it, or the module that it is of; else as it prints. */
export function nameOfSpace(environment: Environment, space: SpaceAtom): string {
  const module = moduleOf(handleOf(environment), space);
  if (module !== undefined) return module;
  const words = settingsFrom(handleOf(environment), PREFIX);
  const found = words.find(([word, atom]) => !word.includes("\n") && equal(atom, space));
  return found === undefined ? print(space) : found[0];
}

/** Whether a word stands for a value that only one thread has. */
export function hasHostWords(environment: Environment): boolean {
  return settingsFrom(handleOf(environment), PREFIX).some(
    ([, value]) => value.tag === STATE && hostTicket(value) !== null,
  );
}

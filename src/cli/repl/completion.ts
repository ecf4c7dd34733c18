/** What the tab key offers: commands at the start of a line, else the symbols in scope. */
import type { CompleterResult } from "node:readline";
import { COMMANDS } from "./commands.js";
import { wordBefore } from "./lexemes.js";

const MAXIMUM_OFFERS = 100;

/** Completions of the word before `cursor`, in alphabetical order; readline puts in what they share. */
export function completeInput(
  line: string,
  cursor: number,
  names: Iterable<string>,
): CompleterResult {
  const before = line.slice(0, cursor);
  if (/^:\w*$/.test(before)) {
    const commands = COMMANDS.map(({ name }) => `:${name} `);
    return [commands.filter((command) => command.startsWith(before)), before];
  }
  const word = wordBefore(line, cursor);
  if (word === "") return [[], word];
  const offers = new Set<string>();
  for (const name of names) {
    if (name.startsWith(word) && name !== word) offers.add(name);
  }
  return [[...offers].toSorted().slice(0, MAXIMUM_OFFERS), word];
}

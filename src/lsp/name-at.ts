/** The word or variable at a place of a text, and where else it stands. */
import type { Location, Position } from "vscode-languageserver-types";
import type { Occurrence } from "./item-facts.js";
import type { Item, ProgramDocument } from "./program-document.js";

interface NameAt {
  readonly item: Item;
  readonly occurrence: Occurrence;
}

/** The word or variable that a position is in or at the end of. */
export function nameAt(document: ProgramDocument, position: Position): NameAt | undefined {
  const offset = document.offsetAt(position);
  const item = document.itemAt(offset);
  if (item === undefined) return undefined;
  const inside = offset - item.start;
  const occurrence = item.facts.occurrences.find(
    ({ start, end }) => start <= inside && inside <= end,
  );
  return occurrence === undefined ? undefined : { item, occurrence };
}

/** Where the same word stands in all programs that share it; a variable means the same within its item only. */
export function occurrencesOf(
  document: ProgramDocument,
  family: readonly ProgramDocument[],
  { item, occurrence }: NameAt,
): Location[] {
  if (occurrence.isVariable) return inItem(document, item, occurrence.name);
  return family.flatMap((each) => each.items.flatMap((one) => inItem(each, one, occurrence.name)));
}

function inItem(document: ProgramDocument, item: Item, name: string): Location[] {
  return item.facts.occurrences
    .filter((each) => each.name === name)
    .map((each) => ({ uri: document.uri, range: document.rangeOf(each, item) }));
}

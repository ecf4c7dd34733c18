/** What may be written at a place: names of the program, of what it imports, and of the language; variables of the item. */
import {
  type CompletionItem,
  CompletionItemKind,
  type Position,
} from "vscode-languageserver-types";
import { summaryOf, typesOf } from "./hover.js";
import type { LanguageNames } from "./language-names.js";
import type { PlacedDefinition, ProgramDocument } from "./program-document.js";

/** Names of one program that are offered; a file of data may have a hundred thousand. */
const MOST_NAMES = 2_000;

export function completionsAt(
  document: ProgramDocument,
  family: readonly ProgramDocument[],
  language: LanguageNames,
  position: Position,
): CompletionItem[] {
  const offset = document.offsetAt(position);
  const word = /[^\s()";]*$/u.exec(document.text.slice(Math.max(0, offset - 200), offset))![0];
  const range = document.rangeOf({ start: offset - word.length, end: offset });
  const offers = word.startsWith("$")
    ? variablesAt(document, offset, word)
    : namesFor(word, family, language);
  return offers.map((offer) => ({ ...offer, textEdit: { range, newText: offer.label } }));
}

/** The variables of the item; of the one before, too, while this one is not closed. */
function variablesAt(document: ProgramDocument, offset: number, word: string): CompletionItem[] {
  const item = document.itemAt(offset);
  const names = new Set(
    item?.facts.occurrences
      .filter(({ isVariable, end }) => isVariable && item.start + end !== offset)
      .map(({ name }) => name),
  );
  return [...names]
    .filter((name) => name.startsWith(word))
    .map((label) => ({ label, kind: CompletionItemKind.Variable }));
}

function namesFor(
  word: string,
  family: readonly ProgramDocument[],
  language: LanguageNames,
): CompletionItem[] {
  const offers = new Map<string, CompletionItem>();
  for (const document of family) {
    let count = 0;
    for (const name of document.names) {
      if (!name.startsWith(word) || offers.has(name)) continue;
      if (++count > MOST_NAMES) break;
      const definitions = family.flatMap((each) => each.definitionsOf(name));
      offers.set(name, offerOf(name, definitions));
    }
  }
  for (const { name, types, summary, module } of language.all()) {
    if (!name.startsWith(word) || offers.has(name)) continue;
    const kind = CompletionItemKind.Function;
    const detail = types.join(" ");
    const documentation = module === undefined ? summary : `${summary} (module ${module})`;
    offers.set(name, { label: name, kind, detail, documentation });
  }
  return [...offers.values()];
}

function offerOf(label: string, definitions: readonly PlacedDefinition[]): CompletionItem {
  const kinds = new Set(definitions.map(({ definition }) => definition.kind));
  const kind = kinds.has("rule")
    ? CompletionItemKind.Function
    : kinds.has("word")
      ? CompletionItemKind.Constant
      : CompletionItemKind.Struct;
  return {
    label,
    kind,
    detail: typesOf(definitions).join(" "),
    documentation: summaryOf(definitions),
  };
}

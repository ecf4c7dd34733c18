/** The outline of a program: rules, types, bound words and facts by name, in the order of the text. */
import { type DocumentSymbol, SymbolKind } from "vscode-languageserver/node";
import type { Definition, DefinitionKind } from "./item-facts.js";
import type { Item, ProgramDocument } from "./program-document.js";

const KINDS: Readonly<Record<DefinitionKind, SymbolKind>> = {
  rule: SymbolKind.Function,
  type: SymbolKind.Interface,
  word: SymbolKind.Constant,
  fact: SymbolKind.Struct,
  documentation: SymbolKind.String,
};
/** Columns of an item that are shown. */
const SHOWN = 60;

export function outlineOf(document: ProgramDocument): DocumentSymbol[] {
  return document.items.flatMap((item) =>
    item.facts.definitions.filter(isShown).map((definition) => ({
      name: definition.name,
      detail: shown(item),
      kind: KINDS[definition.kind],
      range: document.rangeOf({ start: 0, end: item.syntax.text.length }, item),
      selectionRange: document.rangeOf(definition, item),
    })),
  );
}

function isShown({ kind }: Definition): boolean {
  return kind !== "documentation";
}

function shown({ syntax }: Item): string {
  const line = syntax.text.replaceAll(/\s+/g, " ");
  return line.length <= SHOWN ? line : `${line.slice(0, SHOWN - 1)}…`;
}

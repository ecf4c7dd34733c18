/** From a name to where it is defined, to where it is used, and to another name. */
import type { Location, Position, WorkspaceEdit } from "vscode-languageserver/node";
import { endsWord } from "../term/parser.js";
import type { LanguageNames } from "./language-names.js";
import { nameAt, occurrencesOf } from "./name-at.js";
import type { PlacedDefinition, ProgramDocument } from "./program-document.js";
import type { Workspace } from "./workspace.js";

/** Rules, the declared type, or what a word is bound to; facts where there is nothing else; the file of an import. */
export function definitionsAt(
  workspace: Workspace,
  document: ProgramDocument,
  position: Position,
): Location[] {
  const imported = importedAt(workspace, document, position);
  if (imported !== undefined) return [startOf(imported)];
  const found = nameAt(document, position);
  if (found === undefined) return [];
  const family = workspace.familyOf(document);
  if (found.occurrence.isVariable) return occurrencesOf(document, family, found).slice(0, 1);
  const definitions = family.flatMap((each) => each.definitionsOf(found.occurrence.name));
  const isCode = ({ definition }: PlacedDefinition): boolean =>
    definition.kind === "rule" || definition.kind === "type" || definition.kind === "word";
  const code = definitions.filter(isCode);
  return (code.length > 0 ? code : definitions).map(locationOf);
}

function locationOf({ document, item, definition }: PlacedDefinition): Location {
  return { uri: document.uri, range: document.rangeOf(definition, item) };
}

function startOf({ uri }: ProgramDocument): Location {
  const start = { line: 0, character: 0 };
  return { uri, range: { start, end: start } };
}

function importedAt(
  workspace: Workspace,
  document: ProgramDocument,
  position: Position,
): ProgramDocument | undefined {
  const offset = document.offsetAt(position);
  const item = document.itemAt(offset);
  const inside = offset - (item?.start ?? 0);
  const found = item?.facts.imports.find(({ start, end }) => start <= inside && inside <= end);
  return found === undefined ? undefined : workspace.imported(document, found);
}

export function referencesAt(
  workspace: Workspace,
  document: ProgramDocument,
  position: Position,
  withDefinitions: boolean,
): Location[] {
  const found = nameAt(document, position);
  if (found === undefined) return [];
  const family = workspace.familyOf(document);
  const all = occurrencesOf(document, family, found);
  if (withDefinitions || found.occurrence.isVariable) return all;
  const defining = new Set(
    family
      .flatMap((each) => each.definitionsOf(found.occurrence.name))
      .map(locationOf)
      .map(keyOf),
  );
  return all.filter((location) => !defining.has(keyOf(location)));
}

function keyOf({ uri, range: { start } }: Location): string {
  return `${start.line}:${start.character} ${uri}`;
}

/** Why a name cannot become another; undefined if it can. */
export function renameRefusal(
  workspace: Workspace,
  document: ProgramDocument,
  position: Position,
  newName: string,
  language: LanguageNames,
): string | undefined {
  const found = nameAt(document, position);
  if (found === undefined) return "there is no name here";
  const { name, isVariable } = found.occurrence;
  if (!isVariable && language.has(name)) return `${name} belongs to the language`;
  if (!isWord(newName) || newName === "!") return `${newName} is not one word`;
  if (newName.startsWith("$") !== isVariable) {
    return isVariable ? "variables begin with $" : "what begins with $ is a variable";
  }
  if (isVariable) {
    const isTaken = found.item.facts.occurrences.some((each) => each.name === newName);
    return isTaken ? `${newName} is another variable of the same expression` : undefined;
  }
  if (language.has(newName)) return `${newName} belongs to the language`;
  const family = workspace.familyOf(document);
  const isTaken = family.some((each) => each.known.has(newName));
  return isTaken ? `${newName} already means something` : undefined;
}

/** A word that is neither a number nor contains what ends words. */
function isWord(text: string): boolean {
  if (text === "" || text === "$" || /^[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text))
    return false;
  if (text.startsWith("$") && text.includes("#")) return false;
  for (let index = 0; index < text.length; index++) {
    if (endsWord(text.charCodeAt(index))) return false;
  }
  return true;
}

export function renameEdit(
  workspace: Workspace,
  document: ProgramDocument,
  position: Position,
  newName: string,
): WorkspaceEdit {
  const changes: NonNullable<WorkspaceEdit["changes"]> = {};
  for (const { uri, range } of referencesAt(workspace, document, position, true)) {
    (changes[uri] ??= []).push({ range, newText: newName });
  }
  return { changes };
}

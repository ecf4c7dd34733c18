/** What an editor shows of a name: its types, what is documented of it, and its rules or facts. */

import { type Atom, EXPRESSION, STRING, SYMBOL } from "../term/atom.js";
import { parseAtom } from "../term/parser.js";
import { print } from "../term/printer.js";
import type { LanguageName, LanguageNames } from "./language-names.js";
import type { PlacedDefinition, ProgramDocument } from "./program-document.js";

/** Rules or facts that are shown. */
const SHOWN = 3;

/** Markdown about a name; undefined if nothing is known of it. */
export function describeName(
  name: string,
  family: readonly ProgramDocument[],
  language: LanguageNames,
): string | undefined {
  const own = language.get(name);
  const definitions = family.flatMap((document) => document.definitionsOf(name));
  if (own === undefined && definitions.length === 0) return undefined;
  const types = [
    ...(own === undefined ? [] : own.types.map((type) => `(: ${name} ${type})`)),
    ...textsOf(definitions, "type"),
  ];
  const rules = textsOf(definitions, "rule");
  const facts = textsOf(definitions, "fact");
  return [
    fenced(types),
    ...(own === undefined ? [] : [describeOwn(own)]),
    ...documentationOf(definitions).map((doc) => describeDocumentation(doc)),
    fenced([...rules, ...facts].slice(0, SHOWN)),
    describeCounts(rules.length, facts.length),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** One line about a name, for lists. */
export function summaryOf(definitions: readonly PlacedDefinition[]): string {
  const [doc] = documentationOf(definitions);
  return doc === undefined ? "" : sentenceOf(partsOf(doc, "@desc")[0]);
}

/** The declared types of a name, as text. */
export function typesOf(definitions: readonly PlacedDefinition[]): string[] {
  return textsOf(definitions, "type").map(
    (text) => /^\(\s*:\s+\S+\s+([\s\S]*)\)$/.exec(text)?.[1] ?? text,
  );
}

function textsOf(
  definitions: readonly PlacedDefinition[],
  kind: PlacedDefinition["definition"]["kind"],
): string[] {
  return definitions
    .filter(({ definition }) => definition.kind === kind)
    .map(({ item }) => item.syntax.text);
}

function describeOwn({ summary, module }: LanguageName): string {
  return module === undefined ? summary : `${summary} Of the module \`${module}\`.`;
}

function fenced(texts: readonly string[]): string {
  return texts.length === 0 ? "" : `\`\`\`metta\n${texts.join("\n")}\n\`\`\``;
}

function describeCounts(rules: number, facts: number): string {
  const hidden = rules + facts - SHOWN;
  return hidden > 0 ? `… and ${hidden} more` : "";
}

/** The atoms `(@doc …)`. */
function documentationOf(definitions: readonly PlacedDefinition[]): Atom[] {
  return definitions
    .filter(
      ({ definition, item }) =>
        definition.kind === "documentation" && item.syntax.problems.length === 0,
    )
    .map(({ item }) => parseAtom(item.syntax.text));
}

/** What stands behind the head of each part with that head. */
function partsOf(atom: Atom, head: string): readonly Atom[] {
  if (atom.tag !== EXPRESSION) return [];
  const found = atom.children.find((part) => {
    const first = part.tag === EXPRESSION ? part.children[0] : undefined;
    return first?.tag === SYMBOL && first.name === head;
  });
  return found?.tag === EXPRESSION ? found.children.slice(1) : [];
}

function sentenceOf(atom: Atom | undefined): string {
  if (atom === undefined) return "";
  return atom.tag === STRING ? atom.value : print(atom);
}

function describeDocumentation(doc: Atom): string {
  const [list] = partsOf(doc, "@params");
  const params = list?.tag === EXPRESSION ? list.children : [];
  const lines = params.map((param, index) => {
    const text = param.tag === EXPRESSION ? sentenceOf(param.children.at(-1)) : print(param);
    return `${index + 1}. ${text}`;
  });
  const result = sentenceOf(partsOf(doc, "@return")[0]);
  return [
    sentenceOf(partsOf(doc, "@desc")[0]),
    lines.join("\n"),
    result === "" ? "" : `Returns: ${result}`,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** What the editor is told of a program, by the nouns of the language server: problems, completions, descriptions, layout. */

import { TextDocument } from "vscode-languageserver-textdocument";
import {
  CompletionItemKind,
  DiagnosticSeverity,
  type MarkupContent,
  type Position,
} from "vscode-languageserver-types";
import { completionsAt } from "../../../dist/src/lsp/completion.js";
import {
  nameDiagnostics,
  syntaxDiagnostics,
  typeDiagnostics,
} from "../../../dist/src/lsp/diagnostics.js";
import { describeName } from "../../../dist/src/lsp/hover.js";
import { LanguageNames } from "../../../dist/src/lsp/language-names.js";
import { nameAt } from "../../../dist/src/lsp/name-at.js";
import { NearNames } from "../../../dist/src/lsp/near-names.js";
import type { ProgramDocument } from "../../../dist/src/lsp/program-document.js";
import { TypeCheck } from "../../../dist/src/lsp/type-check.js";
import { Workspace } from "../../../dist/src/lsp/workspace.js";
import { formatText } from "../../../dist/src/syntax/format.js";

/** All places count UTF-16 code units from the start of the text. */
export interface Problem {
  readonly from: number;
  readonly to: number;
  readonly isError: boolean;
  readonly message: string;
}

export interface Offer {
  readonly label: string;
  readonly detail: string;
  readonly info: string;
  readonly kind: "function" | "variable" | "constant" | "class";
}

export interface Description {
  readonly from: number;
  readonly to: number;
  /** Markdown: paragraphs, and code between fences. */
  readonly text: string;
}

const ROOT = "file:///";
/** How long types are checked after a change. */
const TYPES_MS = 500;

const KINDS = new Map<CompletionItemKind | undefined, Offer["kind"]>([
  [CompletionItemKind.Variable, "variable"],
  [CompletionItemKind.Constant, "constant"],
  [CompletionItemKind.Struct, "class"],
]);

export class Language {
  readonly #names = new LanguageNames();
  readonly #types = new TypeCheck();
  readonly #near = new NearNames([...this.#names.names()]);
  #workspace = new Workspace({ readText: () => undefined, uriOfModule });
  #versions = new Map<string, string>();

  /** The files are these from now on. */
  update(files: Readonly<Record<string, string>>): void {
    const names = Object.keys(files);
    if ([...this.#versions.keys()].some((name) => !names.includes(name))) {
      this.#workspace = new Workspace({ readText: () => undefined, uriOfModule });
      this.#versions = new Map();
    }
    for (const [name, text] of Object.entries(files)) {
      if (this.#versions.get(name) === text) continue;
      this.#versions.set(name, text);
      this.#workspace.change(TextDocument.create(ROOT + name, "metta", 0, text));
    }
  }

  problems(name: string): Problem[] {
    const document = this.#workspace.get(ROOT + name);
    if (document === undefined) return [];
    const family = this.#workspace.familyOf(document);
    this.#types.prepare(family);
    const end = performance.now() + TYPES_MS;
    for (const item of document.items) {
      if (performance.now() > end) break;
      this.#types.problemsOf(item);
    }
    return [
      ...syntaxDiagnostics(document),
      ...nameDiagnostics(document, family, this.#names, this.#near),
      ...typeDiagnostics(document, this.#types),
    ].map(({ range, message, severity }) => ({
      from: document.offsetAt(range.start),
      to: document.offsetAt(range.end),
      isError: severity === DiagnosticSeverity.Error,
      message: textOf(message),
    }));
  }

  complete(name: string, offset: number): Offer[] {
    const document = this.#workspace.get(ROOT + name);
    if (document === undefined) return [];
    const family = this.#workspace.familyOf(document);
    return completionsAt(document, family, this.#names, positionAt(document, offset)).map(
      ({ label, detail = "", documentation = "", kind }) => ({
        label,
        detail,
        info: textOf(documentation),
        kind: KINDS.get(kind) ?? "function",
      }),
    );
  }

  describe(name: string, offset: number): Description | null {
    const document = this.#workspace.get(ROOT + name);
    const found =
      document === undefined ? undefined : nameAt(document, positionAt(document, offset));
    if (document === undefined || found === undefined) return null;
    const { item, occurrence } = found;
    const text = describeName(occurrence.name, this.#workspace.familyOf(document), this.#names);
    if (text === undefined) return null;
    return { from: item.start + occurrence.start, to: item.start + occurrence.end, text };
  }

  /** The text in its layout; itself if it is no program. */
  format(text: string): string {
    try {
      return formatText(text);
    } catch {
      return text;
    }
  }
}

/** What is shown, where the protocol allows more than text. */
function textOf(content: string | MarkupContent): string {
  return typeof content === "string" ? content : content.value;
}

function positionAt(document: ProgramDocument, offset: number): Position {
  return document.rangeOf({ start: offset, end: offset }).start;
}

/** As the engine finds modules among files that it is given, with the folder `/`. */
function uriOfModule(from: string, name: string): string | undefined {
  if (name === "") return undefined;
  if (/\/|\.metta$/.test(name)) return new URL(name, from).href;
  const parts = name.split(":");
  const start = parts[0] === "top" ? ROOT : from;
  if ((parts[0] === "top" || parts[0] === "self") && parts.length > 1) parts.shift();
  return new URL(`${parts.map((part) => encodeURIComponent(part)).join("/")}.metta`, start).href;
}

/** Diagnostics of a program: what the parser would refuse, names that may be slips, and type errors. */
import { type Diagnostic, DiagnosticSeverity } from "vscode-languageserver-types";
import type { LanguageNames } from "./language-names.js";
import { NameCheck } from "./name-check.js";
import type { NearNames } from "./near-names.js";
import type { ProgramDocument } from "./program-document.js";
import type { TypeCheck } from "./type-check.js";

const SOURCE = "oxbow";

/** More than anyone will read; editors become slow with more. */
const MOST_DIAGNOSTICS = 500;

/** Where the program is not MeTTa. */
export function syntaxDiagnostics(document: ProgramDocument): Diagnostic[] {
  const ofText = document.syntax.problems.map((problem) => ({ problem, item: undefined }));
  const ofItems = document.items.flatMap((item) =>
    item.syntax.problems.map((problem) => ({ problem, item })),
  );
  return [...ofText, ...ofItems].slice(0, MOST_DIAGNOSTICS).map(({ problem, item }) => ({
    range: document.rangeOf(problem, item),
    message: problem.message,
    severity: DiagnosticSeverity.Error,
    source: SOURCE,
    code: "syntax",
  }));
}

/** Names that may be slips; `data.meant` is what was probably meant. */
export function nameDiagnostics(
  document: ProgramDocument,
  family: readonly ProgramDocument[],
  language: LanguageNames,
  near: NearNames,
): Diagnostic[] {
  const problems = new NameCheck(document, family, language, near).problems();
  return problems.slice(0, MOST_DIAGNOSTICS).map((problem) => ({
    range: document.rangeOf(problem, problem.item),
    message: problem.message,
    severity: DiagnosticSeverity.Warning,
    source: SOURCE,
    code: "name",
    ...(problem.meant === undefined ? {} : { data: { meant: problem.meant } }),
  }));
}

/** Type errors of the items that have been checked. */
export function typeDiagnostics(document: ProgramDocument, types: TypeCheck): Diagnostic[] {
  const checked = document.items.filter((item) => types.isKnown(item));
  return checked
    .flatMap((item) => types.problemsOf(item).map((problem) => ({ problem, item })))
    .slice(0, MOST_DIAGNOSTICS)
    .map(({ problem, item }) => ({
      range: document.rangeOf(problem, item),
      message: problem.message,
      severity: DiagnosticSeverity.Warning,
      source: SOURCE,
      code: "type",
    }));
}

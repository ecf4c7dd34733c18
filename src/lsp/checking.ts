/**
 * When programs are checked: syntax and names at once after a change, types right behind, a few milliseconds at a time
 * so that what the editor asks for meanwhile is answered.
 */
import type { Diagnostic } from "vscode-languageserver/node";
import { nameDiagnostics, syntaxDiagnostics, typeDiagnostics } from "./diagnostics.js";
import type { LanguageNames } from "./language-names.js";
import { NearNames } from "./near-names.js";
import type { ProgramDocument } from "./program-document.js";
import { TypeCheck } from "./type-check.js";
import type { Workspace } from "./workspace.js";

/** Told the diagnostics of an open program whenever they are known anew. */
type Publish = (document: ProgramDocument, diagnostics: Diagnostic[]) => void;

const TURN_MS = 20;

export class Checking {
  readonly #workspace: Workspace;
  readonly #language: LanguageNames;
  readonly #publish: Publish;
  readonly #types = new TypeCheck();
  /** Of each open program. */
  readonly #near: Map<string, NearNames> = new Map();
  /** Programs whose types are still to be checked. */
  readonly #pending = new Set<string>();
  #turn: NodeJS.Immediate | null = null;

  constructor(workspace: Workspace, language: LanguageNames, publish: Publish) {
    this.#workspace = workspace;
    this.#language = language;
    this.#publish = publish;
  }

  /** A program has changed: it and its open relatives are checked. */
  changed(document: ProgramDocument): void {
    for (const each of this.#workspace.familyOf(document)) {
      if (!this.#workspace.isOpen(each.uri)) continue;
      // What is not known yet of types is told later, and not taken back until then.
      this.#tell(each);
      this.#pending.add(each.uri);
    }
    this.#turn ??= setImmediate(() => this.#go());
  }

  forget(uri: string): void {
    this.#pending.delete(uri);
    this.#near.delete(uri);
  }

  close(): void {
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#pending.clear();
    this.#types.close();
  }

  #tell(document: ProgramDocument): void {
    const family = this.#workspace.familyOf(document);
    this.#publish(document, [
      ...syntaxDiagnostics(document),
      ...nameDiagnostics(document, family, this.#language, this.#nearOf(document)),
      ...typeDiagnostics(document, this.#types),
    ]);
  }

  #nearOf({ uri }: ProgramDocument): NearNames {
    const known = this.#near.get(uri) ?? new NearNames([...this.#language.names()]);
    this.#near.set(uri, known);
    return known;
  }

  #go(): void {
    this.#turn = null;
    const [uri] = this.#pending;
    if (uri === undefined) return;
    const document = this.#workspace.get(uri);
    if (document === undefined || this.#checkSome(document)) {
      this.#pending.delete(uri);
      if (document !== undefined) this.#tell(document);
    }
    if (this.#pending.size > 0) this.#turn = setImmediate(() => this.#go());
  }

  /** Checks the types of items for one turn; true when none is left. */
  #checkSome(document: ProgramDocument): boolean {
    this.#types.prepare(this.#workspace.familyOf(document));
    const end = performance.now() + TURN_MS;
    for (const item of document.items) {
      if (this.#types.isKnown(item)) continue;
      if (performance.now() > end) return false;
      this.#types.problemsOf(item);
    }
    return true;
  }
}

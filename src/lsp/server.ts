/**
 * The language server: what an editor asks, and which noun answers it. It talks over streams; no
 * request waits for an evaluation.
 */

import { fileURLToPath } from "node:url";
import {
  CodeLensRefreshRequest,
  type Connection,
  ErrorCodes,
  type InitializeParams,
  type InitializeResult,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
  type TextEdit,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { formatText } from "../syntax/format.js";
import { Checking } from "./checking.js";
import { coloursOf, LEGEND } from "./colours.js";
import { completionsAt } from "./completion.js";
import type { Command } from "./evaluation.js";
import { describeName } from "./hover.js";
import { LanguageNames } from "./language-names.js";
import { EVALUATE, Lenses } from "./lenses.js";
import { nameAt } from "./name-at.js";
import { definitionsAt, referencesAt, renameEdit, renameRefusal } from "./navigation.js";
import { outlineOf } from "./outline.js";
import type { ProgramDocument } from "./program-document.js";
import { FILES, programUris } from "./program-files.js";
import { quickFixes } from "./quick-fixes.js";
import { Workspace } from "./workspace.js";

/** Serves an editor until it ends the connection. `command` is how programs are run. */
export function serve(connection: Connection, version: string, command: Command): void {
  new Server(connection, version, command).listen();
}

/** Where in which program: what most requests say. */
interface At {
  readonly textDocument: { readonly uri: string };
}

class Server {
  readonly #connection: Connection;
  readonly #version: string;
  readonly #texts = new TextDocuments(TextDocument);
  readonly #workspace = new Workspace(FILES);
  readonly #language = new LanguageNames();
  readonly #lenses: Lenses;
  readonly #checking: Checking;
  /** Whether the editor asks for lenses again when it is told to. */
  #refreshesLenses = false;

  constructor(connection: Connection, version: string, command: Command) {
    this.#connection = connection;
    this.#version = version;
    this.#lenses = new Lenses(command);
    this.#checking = new Checking(
      this.#workspace,
      this.#language,
      ({ uri, version }, diagnostics) => {
        void connection.sendDiagnostics({ uri, version, diagnostics });
      },
    );
  }

  listen(): void {
    this.#connection.onInitialize((params) => this.#initialize(params));
    this.#connection.onShutdown(() => this.#close());
    this.#listenToTexts();
    this.#answerQuestions();
    this.#answerLists();
    this.#answerChanges();
    this.#texts.listen(this.#connection);
    this.#connection.listen();
  }

  #initialize(params: InitializeParams): InitializeResult {
    const { workspaceFolders, capabilities } = params;
    const maxTime = (params.initializationOptions as { maxTime?: unknown } | undefined)?.maxTime;
    if (typeof maxTime === "string") this.#lenses.limit(maxTime);
    this.#refreshesLenses = capabilities.workspace?.codeLens?.refreshSupport === true;
    for (const { uri } of workspaceFolders ?? []) {
      if (uri.startsWith("file:")) this.#workspace.addAll(programUris(fileURLToPath(uri)));
    }
    return {
      serverInfo: { name: "oxbow", version: this.#version },
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        completionProvider: { triggerCharacters: ["(", "$", "&"] },
        hoverProvider: true,
        definitionProvider: true,
        referencesProvider: true,
        documentHighlightProvider: true,
        renameProvider: { prepareProvider: true },
        documentSymbolProvider: true,
        documentFormattingProvider: true,
        codeActionProvider: { codeActionKinds: ["quickfix"] },
        codeLensProvider: {},
        executeCommandProvider: { commands: [EVALUATE] },
        semanticTokensProvider: { legend: LEGEND, full: true, range: true },
      },
    };
  }

  #close(): void {
    this.#checking.close();
    this.#lenses.close();
  }

  #listenToTexts(): void {
    this.#texts.onDidChangeContent(({ document }) => {
      this.#checking.changed(this.#workspace.change(document));
    });
    this.#texts.onDidClose(({ document: { uri } }) => {
      this.#workspace.close(uri);
      this.#checking.forget(uri);
      this.#lenses.forget(uri);
      void this.#connection.sendDiagnostics({ uri, diagnostics: [] });
    });
    this.#connection.onDidChangeWatchedFiles(({ changes }) => {
      for (const { uri } of changes) this.#workspace.reload(uri);
      for (const { uri } of this.#texts.all()) this.#check(uri);
    });
  }

  #check(uri: string): void {
    const document = this.#workspace.get(uri);
    if (document !== undefined) this.#checking.changed(document);
  }

  /** The program and its family; throws for one that the editor has not opened. */
  #of({ textDocument: { uri } }: At): {
    document: ProgramDocument;
    family: readonly ProgramDocument[];
  } {
    const document = this.#workspace.get(uri);
    if (document === undefined) {
      throw new ResponseError(ErrorCodes.InvalidParams, `cannot find ${uri}: it is not open`);
    }
    return { document, family: this.#workspace.familyOf(document) };
  }

  #answerQuestions(): void {
    this.#connection.onHover((params) => {
      const { document, family } = this.#of(params);
      const found = nameAt(document, params.position);
      if (found === undefined) return null;
      const value = describeName(found.occurrence.name, family, this.#language);
      const range = document.rangeOf(found.occurrence, found.item);
      return value === undefined ? null : { contents: { kind: "markdown", value }, range };
    });
    this.#connection.onCompletion((params) => {
      const { document, family } = this.#of(params);
      return completionsAt(document, family, this.#language, params.position);
    });
    this.#connection.onDefinition((params) => {
      return definitionsAt(this.#workspace, this.#of(params).document, params.position);
    });
    this.#connection.onReferences((params) => {
      const { includeDeclaration } = params.context;
      const { document } = this.#of(params);
      return referencesAt(this.#workspace, document, params.position, includeDeclaration);
    });
    this.#connection.onDocumentHighlight((params) => {
      const { document } = this.#of(params);
      const all = referencesAt(this.#workspace, document, params.position, true);
      return all.filter(({ uri }) => uri === document.uri).map(({ range }) => ({ range }));
    });
  }

  #answerLists(): void {
    this.#connection.onDocumentSymbol((params) => outlineOf(this.#of(params).document));
    this.#connection.onCodeLens((params) => this.#lenses.of(this.#of(params).document));
    this.#connection.onCodeAction((params) => quickFixes(params));
    this.#connection.languages.semanticTokens.on((params) => {
      const { document, family } = this.#of(params);
      return coloursOf(document, family, this.#language);
    });
    this.#connection.languages.semanticTokens.onRange((params) => {
      const { document, family } = this.#of(params);
      return coloursOf(document, family, this.#language, params.range);
    });
  }

  #answerChanges(): void {
    this.#connection.onPrepareRename((params) => {
      const { document } = this.#of(params);
      const found = nameAt(document, params.position);
      if (found === undefined) return null;
      const { name, isVariable } = found.occurrence;
      if (!isVariable && this.#language.has(name)) return null;
      return document.rangeOf(found.occurrence, found.item);
    });
    this.#connection.onRenameRequest((params) => {
      const { document } = this.#of(params);
      const { position, newName } = params;
      const why = renameRefusal(this.#workspace, document, position, newName, this.#language);
      if (why !== undefined) {
        throw new ResponseError(ErrorCodes.InvalidRequest, `cannot rename: ${why}`);
      }
      return renameEdit(this.#workspace, document, position, newName);
    });
    this.#connection.onDocumentFormatting((params) => formatEdits(this.#of(params).document));
    this.#connection.onExecuteCommand(async (params) => {
      if (params.command !== EVALUATE) return null;
      const uri: unknown = params.arguments?.[0];
      const { document } = this.#of({ textDocument: { uri: String(uri) } });
      const title = await this.#lenses.run(document, params);
      if (this.#refreshesLenses) void this.#connection.sendRequest(CodeLensRefreshRequest.type);
      return title;
    });
  }
}

/** One edit of everything, or none: of a text that is no program, nothing is changed. */
function formatEdits(document: ProgramDocument): TextEdit[] {
  const { text } = document;
  const isProgram =
    document.syntax.problems.length === 0 &&
    document.items.every(({ syntax }) => syntax.problems.length === 0);
  const newText = isProgram ? formatText(text) : text;
  if (newText === text) return [];
  return [{ range: document.rangeOf({ start: 0, end: text.length }), newText }];
}

/** An editor for tests: talks to `oxbow lsp` as built, over its standard streams. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  createProtocolConnection,
  type Diagnostic,
  type InitializeResult,
  type Position,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
} from "vscode-languageserver-protocol/node";

const COMMAND = fileURLToPath(new URL("../../dist/src/command/oxbow.js", import.meta.url));

type Told = (diagnostics: readonly Diagnostic[]) => boolean;

export class Client {
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), "oxbow-lsp-")));
  readonly #server: ChildProcess;
  readonly #connection: ProtocolConnection;
  readonly #diagnostics = new Map<string, Diagnostic[]>();
  readonly #versions = new Map<string, number>();
  #waiting: (() => void)[] = [];
  /** What the server wrote on stderr. */
  log = "";

  private constructor(files: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
    this.#server = spawn(process.execPath, [COMMAND, "lsp", "--stdio"], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#server.stderr!.setEncoding("utf8").on("data", (text: string) => (this.log += text));
    this.#connection = createProtocolConnection(this.#server.stdout!, this.#server.stdin!);
    this.#connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
      this.#diagnostics.set(params.uri, params.diagnostics);
      for (const go of this.#waiting.splice(0)) go();
    });
    this.#connection.onRequest("workspace/codeLens/refresh", () => null);
    this.#connection.listen();
  }

  /** A server whose folder has these files. */
  static async start(files: Readonly<Record<string, string>> = {}): Promise<Client> {
    const client = new Client(files);
    await client.initialize();
    return client;
  }

  async initialize(): Promise<InitializeResult> {
    const uri = pathToFileURL(this.#folder).href;
    const result = await this.request<InitializeResult>("initialize", {
      processId: process.pid,
      rootUri: uri,
      workspaceFolders: [{ uri, name: "test" }],
      initializationOptions: { maxTime: "500ms" },
      capabilities: { workspace: { codeLens: { refreshSupport: true } } },
    });
    await this.#connection.sendNotification("initialized", {});
    return result;
  }

  write(name: string, text: string): void {
    const path = join(this.#folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  uri(name: string): string {
    return pathToFileURL(join(this.#folder, name)).href;
  }

  async open(name: string, text: string): Promise<void> {
    this.#versions.set(name, 1);
    const textDocument = { uri: this.uri(name), languageId: "metta", version: 1, text };
    await this.#connection.sendNotification("textDocument/didOpen", { textDocument });
  }

  /** Replaces a range of an open file, or all of it. */
  async change(
    name: string,
    text: string,
    range?: { start: Position; end: Position },
  ): Promise<void> {
    const version = (this.#versions.get(name) ?? 0) + 1;
    this.#versions.set(name, version);
    await this.#connection.sendNotification("textDocument/didChange", {
      textDocument: { uri: this.uri(name), version },
      contentChanges: [range === undefined ? { text } : { range, text }],
    });
  }

  async notify(method: string, params: object): Promise<void> {
    await this.#connection.sendNotification(method, params);
  }

  request<Result>(method: string, params: object): Promise<Result> {
    return this.#connection.sendRequest(method, params);
  }

  /** Asks about a place: the first one of a text in an open file, `within` characters into it. */
  ask<Result>(
    method: string,
    name: string,
    position: Position,
    more: object = {},
  ): Promise<Result> {
    return this.request(method, { textDocument: { uri: this.uri(name) }, position, ...more });
  }

  about<Result>(method: string, name: string, more: object = {}): Promise<Result> {
    return this.request(method, { textDocument: { uri: this.uri(name) }, ...more });
  }

  /** The diagnostics of a file as soon as they are as wanted. */
  async diagnostics(name: string, isWanted: Told): Promise<Diagnostic[]> {
    for (;;) {
      const found = this.#diagnostics.get(this.uri(name));
      if (found !== undefined && isWanted(found)) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Ends the server as editors do; its exit code. */
  async end(): Promise<number | null> {
    const exit = new Promise<number | null>((resolve) => this.#server.on("exit", resolve));
    await this.request("shutdown", {});
    await this.#connection.sendNotification("exit");
    const code = await exit;
    this.#connection.dispose();
    rmSync(this.#folder, { recursive: true });
    return code;
  }
}

/** Where a text stands in another, `within` characters into it. */
export function positionOf(text: string, part: string, within = 0): Position {
  const offset = text.indexOf(part) + within;
  const before = text.slice(0, offset).split("\n");
  return { line: before.length - 1, character: before.at(-1)!.length };
}

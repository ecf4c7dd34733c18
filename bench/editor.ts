/**
 * Suite `editor`: the language server at 10,000 lines, as an editor meets it: over standard streams, from the key to the
 * diagnostics. `oxbow format` on the same program.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  createProtocolConnection,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
} from "vscode-languageserver-protocol/node";
import { formatText } from "../src/syntax/format.js";
import { atMost, type Figure, figure } from "./figure.js";

const COMMAND = fileURLToPath(new URL("../src/command/oxbow.js", import.meta.url));
const URI = "file:///nowhere/large.metta";
const KEYS = 40;

/** 2,000 functions with a comment, a type and a rule of three lines each. */
function program(): string {
  const parts: string[] = [];
  for (let index = 0; index < 2_000; index++) {
    const next = `f${(index + 1) % 2_000}`;
    parts.push(
      `; What f${index} does.\n(: f${index} (-> Number Number))\n(= (f${index} $x)\n` +
        `  (if (> $x 0) (${next} (- $x 1))\n    (let $y (* $x 2) (+ $y ${index}))))\n`,
    );
  }
  return parts.join("");
}

class Editor {
  readonly #server: ChildProcess;
  readonly #connection: ProtocolConnection;
  #told: (params: PublishDiagnosticsParams) => void = () => undefined;

  constructor() {
    this.#server = spawn(process.execPath, [COMMAND, "lsp"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#connection = createProtocolConnection(this.#server.stdout!, this.#server.stdin!);
    this.#connection.onNotification("textDocument/publishDiagnostics", (params) =>
      this.#told(params as PublishDiagnosticsParams),
    );
    this.#connection.listen();
  }

  ask(method: string, params: object): Promise<unknown> {
    return this.#connection.sendRequest(method, params);
  }

  tell(method: string, params: object): void {
    void this.#connection.sendNotification(method, params);
  }

  /** Milliseconds from now to the first diagnostics that are as wanted. */
  until(isWanted: (params: PublishDiagnosticsParams) => boolean): Promise<number> {
    const start = performance.now();
    return new Promise((resolve) => {
      this.#told = (params) => {
        if (isWanted(params)) resolve(performance.now() - start);
      };
    });
  }

  async end(): Promise<void> {
    await this.ask("shutdown", {});
    this.tell("exit", {});
    this.#connection.dispose();
  }
}

/** Types a slip into the middle of the text, and mends it: times from each key to what is told of it. */
async function typeKeys(
  editor: Editor,
  text: string,
): Promise<{ told: number[]; typed: number[] }> {
  const line = 5 * 1_000 + 3;
  const column = text.split("\n")[line]!.indexOf("(f") + 2;
  const told: number[] = [];
  const typed: number[] = [];
  let version = 1;
  const change = (start: number, end: number, put: string): void => {
    const range = { start: { line, character: start }, end: { line, character: end } };
    const contentChanges = [{ range, text: put }];
    editor.tell("textDocument/didChange", {
      textDocument: { uri: URI, version: ++version },
      contentChanges,
    });
  };
  for (let key = 0; key < KEYS; key++) {
    const isSlip = key % 2 === 0;
    const count = isSlip ? 1 : 0;
    const first = editor.until(
      (params) => params.version === version && params.diagnostics.length === count,
    );
    change(column, column + (isSlip ? 0 : 1), isSlip ? "q" : "");
    told.push(await first);
    // An answer comes behind all that the change set off.
    const start = performance.now();
    const position = { line, character: column };
    await editor.ask("textDocument/completion", { textDocument: { uri: URI }, position });
    typed.push(performance.now() - start);
  }
  return { told, typed };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1]!;
}

export async function run(): Promise<readonly Figure[]> {
  const text = program();
  const editor = new Editor();
  await editor.ask("initialize", { processId: null, rootUri: null, capabilities: {} });
  const opened = editor.until(() => true);
  editor.tell("textDocument/didOpen", {
    textDocument: { uri: URI, languageId: "metta", version: 1, text },
  });
  const openMs = await opened;
  // Types of everything have been checked once the server has nothing else to do.
  await editor.until(() => true);
  const { told, typed } = await typeKeys(editor, text);
  const coloursAt = performance.now();
  await editor.ask("textDocument/semanticTokens/full", { textDocument: { uri: URI } });
  const coloursMs = performance.now() - coloursAt;
  await editor.end();
  const formatAt = performance.now();
  formatText(text);
  const formatMs = performance.now() - formatAt;
  const lines = "10,000 lines";
  return [
    figure(`${lines}: first diagnostics after opening`, openMs, "ms"),
    figure(`${lines}: from a key to its diagnostics, median`, median(told), "ms", atMost(200)),
    figure(
      `${lines}: from a key to its diagnostics, worst of ${KEYS}`,
      Math.max(...told),
      "ms",
      atMost(200),
    ),
    figure(`${lines}: completion right behind a key, median`, median(typed), "ms"),
    figure(`${lines}: colours of all`, coloursMs, "ms"),
    figure(`${lines}: layout of all`, formatMs, "ms"),
  ];
}

/** `oxbow lsp`: the language server on the standard streams. */
import { createConnection } from "vscode-languageserver/node";
import { serve } from "../lsp/server.js";
import { packageVersion } from "../platform/node/version.js";

/** Begins to serve; the process ends when the editor says so, or is gone. */
export function startServer(): void {
  const connection = createConnection(process.stdin, process.stdout);
  const [script = ""] = process.argv.slice(1);
  // Whatever writes to the console would break the protocol: it goes to where the editor keeps its log.
  serve(connection, packageVersion(), { file: process.execPath, args: [script] });
}

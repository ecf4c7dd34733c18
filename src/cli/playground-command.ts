/** `oxbow playground`: serves the playground to this machine's browsers until it is interrupted. */
import { fileURLToPath } from "node:url";
import { OxbowError } from "../base/errors.js";
import { installedFolder } from "../platform/node/installed-file.js";
import { EXIT_SUCCESS, reportFailure } from "./diagnostics.js";
import { type PageServer, servePages } from "./page-server.js";
import type { Terminal } from "./terminal.js";

/** Where it is looked for unless told. */
const USUAL_PORT = 4747;

/** Flags of `oxbow playground`. */
export interface PlaygroundFlags {
  readonly port?: number;
}

/** Kept when `end` is, with the exit code; unless that is given, the process ends by a signal. */
export async function runPlayground(
  { port = USUAL_PORT }: PlaygroundFlags,
  terminal: Terminal,
  end: Promise<void> = new Promise(() => undefined),
): Promise<number> {
  try {
    const server = await serve(port);
    terminal.out.write(`http://localhost:${server.port}/\n`);
    terminal.err.write("The playground is there until Ctrl+C; nothing is sent anywhere.\n");
    await end;
    await server.close();
    return EXIT_SUCCESS;
  } catch (error) {
    return reportFailure(terminal, error);
  }
}

async function serve(port: number): Promise<PageServer> {
  try {
    return await servePages(fileURLToPath(installedFolder("playground")), port);
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown };
    if (code !== "EADDRINUSE" && code !== "EACCES") throw cause;
    const why = code === "EACCES" ? "may not be used" : "is in use";
    const message = `cannot serve the playground: port ${port} ${why}; --port takes another, and 0 any that is free`;
    throw new OxbowError("ERR_FILE", message, { port }, { cause });
  }
}

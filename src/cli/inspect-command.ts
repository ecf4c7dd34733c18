/** `oxbow inspect`: the page of a recording. */
import { serveRecording } from "../inspector/inspector.js";
import { EXIT_SUCCESS, reportFailure } from "./diagnostics.js";
import { untilInterrupted } from "./run-inspection.js";
import type { Terminal } from "./terminal.js";

/** Serves until it is interrupted; the exit code. */
export async function inspectFile(file: string, port: number, terminal: Terminal): Promise<number> {
  try {
    const { address, close } = await serveRecording(file, port);
    terminal.err.write(`inspector: ${address} (Ctrl-C ends)\n`);
    await untilInterrupted();
    await close();
    return EXIT_SUCCESS;
  } catch (error) {
    return reportFailure(terminal, error);
  }
}

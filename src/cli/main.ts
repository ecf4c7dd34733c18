/** The `oxbow` command: connects the command line's program to this process. */
import { EXIT_SUCCESS } from "./diagnostics.js";
import { runProgram } from "./program.js";
import { processTerminal } from "./terminal.js";

// A reader that has seen enough (`oxbow run … | head -1`) closes the pipe; that is not an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(EXIT_SUCCESS);
  });
}

async function main(): Promise<void> {
  process.exitCode = await runProgram(process.argv.slice(2), processTerminal());
}

void main();

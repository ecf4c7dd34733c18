/** A terminal for tests: what is written is kept, what is typed is given. */
import { PassThrough, Readable } from "node:stream";
import { runProgram } from "../../src/cli/program.js";
import { type Stream, streamFor } from "../../src/cli/terminal.js";

export interface Written {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export interface TerminalOptions {
  /** Standard input. */
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether stdout and stderr are terminals. */
  readonly isTerminal?: boolean;
}

/** Runs one command line in this process. */
export async function oxbow(
  argv: readonly string[],
  options: TerminalOptions = {},
): Promise<Written> {
  const out = collect(options);
  const err = collect(options);
  const exitCode = await runProgram(argv, {
    out: out.stream,
    err: err.stream,
    input: Readable.from(options.input === undefined ? [] : [options.input]),
    inputIsTerminal: false,
    environment: options.environment ?? {},
  });
  return { exitCode, out: out.text(), err: err.text() };
}

function collect(options: TerminalOptions): { stream: Stream; text: () => string } {
  const chunks: string[] = [];
  const raw = Object.assign(new PassThrough(), { isTTY: options.isTerminal === true });
  raw.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  const stream = streamFor(raw, options.environment ?? {});
  const write = (text: string): void => void chunks.push(text);
  return { stream: { ...stream, write }, text: () => chunks.join("") };
}

/**
 * What the command line talks to: standard streams, their colours and the process's settings.
 *
 * Commands get a {@link Terminal} and never touch `process`, so tests run them with streams of their
 * own. Colours are used on a terminal only, and not when `NO_COLOR` is set to anything or `TERM` is
 * `dumb`; each stream decides for itself, so `2>log` keeps the log plain.
 */
import type { Readable, Writable } from "node:stream";
import { isatty } from "node:tty";
import picocolors from "picocolors";

export type Colors = ReturnType<typeof picocolors.createColors>;

export interface Stream {
  /** Writes `text` unchanged. */
  write(text: string): void;
  readonly colors: Colors;
  readonly isTerminal: boolean;
  /** The stream itself, for libraries that draw on it. */
  readonly raw: Writable;
}

export interface Terminal {
  readonly out: Stream;
  readonly err: Stream;
  readonly input: Readable;
  readonly inputIsTerminal: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

type StandardStream = Writable & { readonly isTTY?: boolean };

/** A stream of the terminal over a stream of the host. */
export function streamFor(
  raw: StandardStream,
  environment: Readonly<Record<string, string | undefined>>,
): Stream {
  const isTerminal = raw.isTTY === true;
  const plain = (environment.NO_COLOR ?? "") !== "" || environment.TERM === "dumb";
  const colors = picocolors.createColors(isTerminal && !plain);
  return { raw, isTerminal, colors, write: (text) => void raw.write(text) };
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const environment = process.env;
  return {
    out: streamFor(process.stdout, environment),
    err: streamFor(process.stderr, environment),
    input: process.stdin,
    inputIsTerminal: isatty(0),
    environment,
  };
}

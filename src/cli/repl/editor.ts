/**
 * The line editor: Node's readline, with colours painted over the line as it is typed, entries of
 * several lines in the history, and Ctrl-C as an event.
 *
 * Lines that arrive while nothing is reading (typed ahead, or piped) wait in a queue. The colours are
 * painted after readline has drawn the line: the cursor is saved, goes back to the line's first column,
 * the same characters are written in colour, and the cursor is restored. Widths never change, so
 * readline's own model of the screen stays correct.
 */
import { type CompleterResult, createInterface, type Interface } from "node:readline";
import type { Readable } from "node:stream";
import type { Stream } from "../terminal.js";

export interface EditorOptions {
  readonly input: Readable;
  readonly output: Stream;
  /** Whether the user types at a terminal; otherwise lines are read as they come, with no prompt. */
  readonly interactive: boolean;
  /** Oldest first. Entries of several lines are shown on one line. */
  readonly history: readonly string[];
  readonly complete: (line: string, cursor: number) => CompleterResult;
  readonly highlight: (line: string, cursor: number) => string;
  /** Called for Ctrl-C. */
  readonly onInterrupt: () => void;
}

/** Ends a {@link LineEditor.read} that Ctrl-C broke off. */
export const INTERRUPTED: unique symbol = Symbol("interrupted");

export class LineEditor {
  readonly #options: EditorOptions;
  readonly #interface: Interface;
  readonly #queue: string[] = [];
  #closed = false;
  #reader: ((line: string | null | typeof INTERRUPTED) => void) | null = null;
  #paintPending = false;

  constructor(options: EditorOptions) {
    this.#options = options;
    const { input, output, interactive } = options;
    this.#interface = createInterface({
      input,
      output: output.raw,
      terminal: interactive,
      historySize: 1000,
      history: options.history.map(onOneLine).toReversed(),
      removeHistoryDuplicates: true,
      prompt: "",
      completer: (line: string) => options.complete(line, this.#interface.cursor),
    });
    this.#interface.on("line", (line) => this.#deliver(line));
    this.#interface.on("close", () => this.#close());
    this.#interface.on("SIGINT", () => this.#interrupt());
    if (interactive) input.on("keypress", () => this.#schedulePaint());
  }

  /** The next line; null at the end of the input, {@link INTERRUPTED} when Ctrl-C is pressed. */
  read(prompt: string): Promise<string | null | typeof INTERRUPTED> {
    const waiting = this.#queue.shift();
    if (waiting !== undefined) return Promise.resolve(waiting);
    if (this.#closed) return Promise.resolve(null);
    if (this.#options.interactive) {
      this.#interface.setPrompt(prompt);
      this.#interface.prompt();
    }
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  /** Puts a multi-line input into the history, replacing its individual lines. */
  remember(input: string, lines: number): void {
    const history = historyOf(this.#interface);
    if (history === undefined || lines < 2) return;
    history.splice(0, Math.min(lines, history.length), onOneLine(input));
  }

  close(): void {
    this.#interface.close();
  }

  #deliver(line: string): void {
    const reader = this.#reader;
    this.#reader = null;
    if (reader === null) this.#queue.push(line);
    else reader(line);
  }

  #interrupt(): void {
    const reader = this.#reader;
    this.#reader = null;
    if (reader === null) {
      this.#options.onInterrupt();
      return;
    }
    // Leaves what was typed on the screen and starts a new line.
    this.#options.output.write("^C\n");
    this.#interface.write(null, { ctrl: true, name: "e" });
    this.#interface.write(null, { ctrl: true, name: "u" });
    reader(INTERRUPTED);
  }

  #close(): void {
    this.#closed = true;
    const reader = this.#reader;
    this.#reader = null;
    reader?.(null);
  }

  /** Repaints once after the pending keys have been handled. */
  #schedulePaint(): void {
    if (this.#paintPending || !this.#options.output.colors.isColorSupported) return;
    this.#paintPending = true;
    setImmediate(() => {
      this.#paintPending = false;
      if (this.#reader !== null && !this.#closed) this.#paint();
    });
  }

  #paint(): void {
    const { line, cursor } = this.#interface;
    if (line === "") return;
    const painted = this.#options.highlight(line, cursor);
    const { rows } = this.#interface.getCursorPos();
    const up = rows > 0 ? `${ESCAPE}[${rows}A` : "";
    const start = promptWidth(this.#interface.getPrompt());
    const indent = start > 0 ? `${ESCAPE}[${start}C` : "";
    this.#options.output.write(`${SAVE_CURSOR}${up}\r${indent}${painted}${RESTORE_CURSOR}`);
  }
}

const ESCAPE = "\x1b";
const SAVE_CURSOR = `${ESCAPE}7`;
const RESTORE_CURSOR = `${ESCAPE}8`;
const COLOUR_SEQUENCE = new RegExp(`${ESCAPE}\\[[0-9;]*m`, "g");

function onOneLine(input: string): string {
  return input.includes("\n") ? input.split(/\s*\n\s*/).join(" ") : input;
}

/** Readline keeps the history, latest first, on the interface; it is undefined without a terminal. */
function historyOf(readline: Interface): string[] | undefined {
  return (readline as Interface & { history?: string[] }).history;
}

function promptWidth(prompt: string): number {
  return prompt.replace(COLOUR_SEQUENCE, "").length;
}

/**
 * Running a `!` of a program in a process of its own, so that whatever it does the server goes on: the text up to the `!` is
 * what `oxbow run` gets, with limits, and the process ends when its time is over.
 */
import { type ChildProcess, spawn } from "node:child_process";

/** How the `oxbow` command is started. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

export type Outcome =
  | {
      readonly kind: "results";
      readonly results: readonly string[];
      readonly stopped: string | undefined;
    }
  /** It did not come to the `!`; why, in one line. */
  | { readonly kind: "failed"; readonly message: string };

interface Question {
  /** The program up to the end of the `!`. */
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
  /** Where imports are looked for. */
  readonly folder: string;
}

const LIMITS = ["--max-memory", "512MiB", "--max-results", "100"];
const MAXIMUM_TIME = "5s";
/** All that stands before the `!` has its time, too. */
const WHOLE_TIME_MS = 30_000;
/** Characters that are taken of what a program prints. */
const MOST_OUTPUT = 1 << 22;
const MOST_PROCESSES = 2;

export class Evaluations {
  readonly #command: Command;
  readonly #running = new Set<ChildProcess>();
  readonly #waiting: (() => void)[] = [];
  /** For each `!`, as `--max-time` takes it. */
  maxTime: string = MAXIMUM_TIME;
  #isClosed = false;

  constructor(command: Command) {
    this.#command = command;
  }

  async run(question: Question): Promise<Outcome> {
    while (this.#running.size >= MOST_PROCESSES && !this.#isClosed) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#isClosed) return { kind: "failed", message: "the server ends" };
    try {
      return await this.#start(question);
    } finally {
      this.#waiting.shift()?.();
    }
  }

  /** Ends what is under way. */
  close(): void {
    this.#isClosed = true;
    for (const child of this.#running) child.kill("SIGKILL");
    for (const go of this.#waiting.splice(0)) go();
  }

  #start(question: Question): Promise<Outcome> {
    const { file, args } = this.#command;
    const flags = ["run", "-", "--json", "--max-time", this.maxTime, ...LIMITS];
    const child = spawn(file, [...args, ...flags], {
      cwd: question.folder,
      stdio: ["pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    this.#running.add(child);
    let out = "";
    let err = "";
    let why = "";
    const end = (message: string): void => {
      why = message;
      child.kill("SIGKILL");
    };
    const timer = setTimeout(() => end("stopped: it took more than 30 s"), WHOLE_TIME_MS);
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      out += chunk;
      if (out.length > MOST_OUTPUT) end("stopped: it printed more than 4 million characters");
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      if (err.length < MOST_OUTPUT) err += chunk;
    });
    // A program that ends before it has read everything closes the pipe; its exit tells more.
    child.stdin.on("error", () => undefined);
    child.stdin.end(question.text);
    return new Promise((resolve) => {
      child.on("error", (error) => resolve({ kind: "failed", message: error.message }));
      child.on("close", () => {
        resolve(why === "" ? outcomeOf(question, out, err) : { kind: "failed", message: why });
      });
    }).finally(() => {
      clearTimeout(timer);
      this.#running.delete(child);
    }) as Promise<Outcome>;
  }
}

/** The line that the run printed about the `!`, between what the program itself may have printed. */
function outcomeOf({ line, column }: Question, out: string, err: string): Outcome {
  const lines = out.split("\n");
  for (const text of lines.toReversed()) {
    const found = outcomeIn(text);
    if (found?.line !== line || found.column !== column) continue;
    return { kind: "results", results: found.results, stopped: found.stopped };
  }
  const [message = ""] = err.split("\n");
  return { kind: "failed", message: message === "" ? "it gave no result" : message };
}

interface JsonLine {
  readonly line: number;
  readonly column: number;
  readonly results: readonly string[];
  readonly stopped?: string;
}

function outcomeIn(text: string): JsonLine | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value: Partial<JsonLine> = JSON.parse(text);
    return Array.isArray(value.results) ? (value as JsonLine) : undefined;
  } catch {
    return undefined;
  }
}

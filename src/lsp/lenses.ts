/**
 * A lens above each `!`, which runs it; once it has run, the lens shows what it gave for as long as the program up to
 * there stays as it was.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { CodeLens, ExecuteCommandParams } from "vscode-languageserver/node";
import { type Command, Evaluations, type Outcome } from "./evaluation.js";
import type { Item, ProgramDocument } from "./program-document.js";

export const EVALUATE = "oxbow.evaluate";

/** Results that are kept for a program. */
const MOST_RESULTS = 50;
/** Characters of a result that a lens shows. */
const SHOWN = 160;
/** Lenses of a program: a file of thousands of questions is not for reading. */
const MOST_LENSES = 500;

interface Result {
  /** The program up to the end of the `!`, which it depends on. */
  readonly text: string;
  readonly title: string;
}

export class Lenses {
  readonly #evaluations: Evaluations;
  readonly #results: Map<string, Result[]> = new Map();

  constructor(command: Command) {
    this.#evaluations = new Evaluations(command);
  }

  /** How long a `!` may take, as `--max-time` takes it. */
  limit(maxTime: string): void {
    this.#evaluations.maxTime = maxTime;
  }

  of(document: ProgramDocument): CodeLens[] {
    const questions = document.items.filter(({ syntax }) => syntax.evaluate);
    return questions.slice(0, MOST_LENSES).map((item) => {
      const range = document.rangeOf({ start: 0, end: item.syntax.text.length }, item);
      const found = this.#resultOf(document, item);
      const title = found === undefined ? "▶ run" : `▶ ${found.title}`;
      return {
        range,
        command: { title, command: EVALUATE, arguments: [document.uri, range.start] },
      };
    });
  }

  #resultOf(document: ProgramDocument, item: Item): Result | undefined {
    const end = item.start + item.syntax.text.length;
    const found = this.#results.get(document.uri)?.find(({ text }) => text.length === end);
    return found !== undefined && document.text.startsWith(found.text) ? found : undefined;
  }

  /** Runs the `!` that the command names; what it gave, as one line. */
  async run(document: ProgramDocument, params: ExecuteCommandParams): Promise<string> {
    const position = params.arguments?.[1] as { line: number; character: number };
    const item = document.itemAt(document.offsetAt(position));
    if (item?.syntax.evaluate !== true) return "there is no ! here";
    const text = document.text.slice(0, item.start + item.syntax.text.length);
    const { start } = document.rangeOf({ start: 0, end: 0 }, item);
    const title = describe(
      await this.#evaluations.run({
        text,
        line: start.line + 1,
        column: start.character + 1,
        folder: folderOf(document.uri),
      }),
    );
    const others = (this.#results.get(document.uri) ?? []).filter((each) => each.text !== text);
    this.#results.set(document.uri, [{ text, title }, ...others].slice(0, MOST_RESULTS));
    return title;
  }

  forget(uri: string): void {
    this.#results.delete(uri);
  }

  close(): void {
    this.#evaluations.close();
  }
}

function folderOf(uri: string): string {
  return uri.startsWith("file:") ? dirname(fileURLToPath(uri)) : ".";
}

function describe(outcome: Outcome): string {
  if (outcome.kind === "failed") return outcome.message;
  const line = `[${outcome.results.join(", ")}]`;
  const shown = line.length <= SHOWN ? line : `${line.slice(0, SHOWN - 1)}…`;
  return outcome.stopped === undefined ? shown : `${shown} stopped: ${outcome.stopped}`;
}

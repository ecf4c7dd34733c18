/**
 * The engine in a worker. The page starts this program twice: one runs programs and is ended by the stop button, the other answers
 * the editor meanwhile.
 */
import "../../../dist/src/platform/browser/dispose.js";
import { expose, type ProxyMarked, type Remote } from "comlink";
import { Language } from "./language.js";
import type { Program } from "./program.js";
import { type RunEvent, run } from "./run.js";
import type { RunLimits } from "./storage.js";

let language: Language | undefined;

type Tell = Remote<((event: RunEvent) => void) & ProxyMarked>;

const engine = {
  /** Kept when the program has ended and all of it was told. */
  async run(program: Program, limits: RunLimits, tell: Tell): Promise<void> {
    let last: Promise<void> | undefined;
    await run(program, limits, (event) => {
      last = tell(event);
    });
    await last;
  },
  /** Problems of a file among these. */
  check(files: Readonly<Record<string, string>>, name: string) {
    language ??= new Language();
    language.update(files);
    return language.problems(name);
  },
  complete: (name: string, offset: number) => language?.complete(name, offset) ?? [],
  describe: (name: string, offset: number) => language?.describe(name, offset) ?? null,
  format: (text: string) => (language ??= new Language()).format(text),
};

export type Engine = typeof engine;

expose(engine);

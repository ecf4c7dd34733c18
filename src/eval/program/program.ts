/**
 * Program: what a text means, whoever runs it. Its steps are given one by one to a driver, which evaluates:
 *
 *     (edge a b)            added in bulk with all that stands before the first `!`
 *     !(path a)             evaluate  ┐ a driver may evaluate these when it likes, in any order that
 *     !(path b)             evaluate  ┘ gives what their own order gives,
 *     (edge b c)            settle      as long as they are evaluated now; then the atom is added,
 *     (: (edge a) Wrong)    refused     or its errors are told, if the program has asked for that check
 *
 * Drivers: on this thread (program-run.ts), and ahead on the threads of a pool (parallel/ahead.ts).
 *
 *   PR1  A syntax error anywhere in the text is found before anything is added or evaluated.
 *   PR2  What follows an import that failed is not run: it would give wrong answers.
 */
import type { Environment } from "../../environment/environment.js";
import type { Atom, SpaceAtom } from "../../term/atom.js";
import type { ProgramItem } from "../../term/parser.js";
import { LineCounter } from "../../term/position.js";
import type { Library } from "../library/library.js";
import { hasHostWords, tokensIn } from "../settings/words.js";
import type { Evaluation } from "./evaluation.js";
import { FailedImportError, isFailedImport } from "./failed-import.js";
import { checksTypes } from "./pragmas.js";
import { loadText } from "./program-text.js";
import {
  callsRebinding,
  hasRebindingRules,
  isRule,
  noteRebindingRules,
  rebinds,
} from "./rebinding.js";

/** Where a program is run. */
interface Place {
  readonly environment: Environment;
  /** What `&self` means; null for the environment's own space. */
  readonly space: SpaceAtom | null;
  readonly library: Library;
}

/** How a text is read, and who is told of it. */
export interface TextOptions {
  /** What messages call the text; "program" unless given. */
  readonly source?: string;
  /** Told now and then how many characters of how many have been read. */
  readonly onProgress?: (read: number, total: number) => void;
  /** Told of each atom that is not to be evaluated, and of where it stands. */
  readonly onAtom?: (atom: Atom, offset: number) => void;
}

/** What a `!` gave, and where it stands. */
export interface RunOutcome extends Evaluation {
  /** What was asked; or the atom that was not added, with its errors as results (`type-check auto`). */
  readonly query: Atom;
  /** What the caller called the text. */
  readonly source: string;
  /** Counts from 1. */
  readonly line: number;
  /** Counts from 1, in UTF-16 code units. */
  readonly column: number;
}

/** What a driver is to do next. */
type ProgramStep =
  /** Its time is until the next step that is no evaluation. */
  | { readonly kind: "evaluate"; readonly item: ProgramItem }
  /** The atom was not added. */
  | { readonly kind: "refused"; readonly item: ProgramItem; readonly errors: readonly Atom[] }
  /** What is still to be evaluated is evaluated now: what comes next changes what it would find. */
  | { readonly kind: "settle" };

const SETTLE: ProgramStep = { kind: "settle" };

export class Program {
  readonly #place: Place;
  readonly #source: string;
  readonly #items: Iterable<ProgramItem>;
  readonly #lines: LineCounter;
  readonly #typeErrors: (atom: Atom) => readonly Atom[];
  /** Whether there are rules that, when they are used, change what the text behind the use means. */
  #rulesRebind: boolean;
  /** Whether the environment says so, too. */
  #isNoted: boolean;

  /**
   * Adds the atoms before the first `!`. Throws ERR_SYNTAX, and then nothing was added (PR1).
   *
   * @param typeErrors why an atom may not be added; asked only while the program wants types to be checked.
   */
  constructor(
    place: Place,
    text: string,
    options: TextOptions,
    typeErrors: (atom: Atom) => readonly Atom[],
  ) {
    const { environment, space } = place;
    const { source = "program", onAtom } = options;
    this.#place = place;
    this.#isNoted = hasRebindingRules(environment);
    this.#rulesRebind = this.#isNoted;
    this.#source = source;
    this.#lines = new LineCounter(text);
    this.#typeErrors = typeErrors;
    this.#items = loadText(environment, text, {
      ...options,
      source,
      space,
      tokens: tokensIn(place),
      inBulk: !checksTypes(environment),
      onAtom: (atom, offset) => {
        this.#rulesRebind ||= isRule(atom) && rebinds(atom);
        onAtom?.(atom, offset);
      },
    });
    this.#noteRebinding();
  }

  /** To be gone through once, each step done before the next is asked for, or noted to be done by the next settling. */
  *steps(): Generator<ProgramStep, void, undefined> {
    const { environment, space } = this.#place;
    for (const item of this.#items) {
      if (item.evaluate) {
        // What is not called itself may be a part of a rule that the expression adds.
        this.#rulesRebind ||= rebinds(item.atom) && !callsRebinding(item.atom);
        this.#noteRebinding();
        yield { kind: "evaluate", item };
        continue;
      }
      yield SETTLE;
      const errors = checksTypes(environment) ? this.#typeErrors(item.atom) : [];
      if (errors.length > 0) yield { kind: "refused", item, errors };
      else environment.add(item.atom, { space });
      this.#noteRebinding();
    }
  }

  #noteRebinding(): void {
    if (!this.#rulesRebind || this.#isNoted) return;
    noteRebindingRules(this.#place.environment);
    this.#isNoted = true;
  }

  /** Whether what follows an expression can be read only when that was evaluated, on this thread. */
  isBarrier(atom: Atom): boolean {
    return this.#rulesRebind || rebinds(atom) || hasHostWords(this.#place.environment);
  }

  /** What is told of an item; to be asked in the order of the items. */
  outcomeOf(item: ProgramItem, evaluation: Evaluation): RunOutcome {
    const position = this.#lines.positionAt(item.offset);
    return { query: item.atom, source: this.#source, ...position, ...evaluation };
  }

  /** To be asked behind each outcome. Throws a {@link FailedImportError} where the program ends (PR2). */
  throwIfEnded({ results, source, line, column }: RunOutcome): void {
    const failed = results.find(isFailedImport);
    if (failed !== undefined) throw new FailedImportError(`${source}:${line}:${column}`, failed);
  }
}

/** What is told of an atom that was not added. */
export function refusal(errors: readonly Atom[]): Evaluation {
  return { results: errors, stopped: "completed", steps: 0, failures: [] };
}

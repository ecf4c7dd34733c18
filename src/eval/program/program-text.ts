/**
 * A program's text on its way into an environment.
 *
 *   (edge a b)     ┐ leading atoms: added in bulk, while the text is read for the first time
 *   (edge b c)     ┘
 *   !(path a)      ┐ the rest: read once to its end before anything runs, so that a syntax error
 *   (edge c d)     │ anywhere leaves the environment as it was; then read again, item by item,
 *   !(path a)      ┘ as words may change their meaning while the program runs
 *
 * So a file of a million facts is read once, and a one-page program twice.
 */
import type { Environment } from "../../environment/environment.js";
import type { Atom, SpaceAtom } from "../../term/atom.js";
import { Parser, type ProgramItem } from "../../term/parser.js";

interface TextOptions {
  readonly source: string;
  /** Where the atoms are added; the environment's own space unless given. */
  readonly space?: SpaceAtom | null;
  /** What a word stands for; see the parser. */
  readonly tokens?: (word: string) => Atom | undefined;
  /** False if atoms before the first `!` are to be yielded like the others, not added at once. */
  readonly inBulk?: boolean;
  /** Told of each atom that is not to be evaluated, and of where it stands. */
  readonly onAtom?: (atom: Atom, offset: number) => void;
  /** Called periodically with the number of characters read, and the total. */
  readonly onProgress?: (done: number, total: number) => void;
}

const PROGRESS_INTERVAL = 4096;

/**
 * Adds the atoms before the first `!` and returns the remaining items, which are read as they are
 * requested. Throws ERR_SYNTAX for an error anywhere in the text, in which case nothing was added.
 */
export function loadText(
  environment: Environment,
  text: string,
  options: TextOptions,
): Iterable<ProgramItem> {
  const reader = new Reader(text, options);
  if (options.inBulk === false) return reader.everything();
  environment.addAll(reader.leadingAtoms(), { space: options.space });
  return reader.rest();
}

class Reader {
  readonly #parser: Parser;
  readonly #options: TextOptions;
  #pending: ProgramItem | null = null;

  constructor(text: string, options: TextOptions) {
    this.#options = options;
    const { source: file, tokens } = options;
    this.#parser = new Parser(text, tokens === undefined ? { file } : { file, tokens });
  }

  *leadingAtoms(): Generator<Atom, void, undefined> {
    const parser = this.#parser;
    let count = 0;
    for (let item = this.#next(); item !== null; item = this.#next()) {
      if (item.evaluate) {
        this.#pending = item;
        this.#checkRest();
        return;
      }
      if (count++ % PROGRESS_INTERVAL === 0) {
        this.#options.onProgress?.(parser.offset, parser.text.length);
      }
      yield item.atom;
    }
  }

  everything(): Iterable<ProgramItem> {
    this.#checkRest();
    this.#pending = this.#next();
    return this.rest();
  }

  *rest(): Generator<ProgramItem, void, undefined> {
    for (let item = this.#pending; item !== null; item = this.#next()) yield item;
  }

  #next(): ProgramItem | null {
    const item = this.#parser.nextItem();
    if (item?.evaluate === false) this.#options.onAtom?.(item.atom, item.offset);
    return item;
  }

  #checkRest(): void {
    const { text, file, offset } = this.#parser;
    const checker = new Parser(text, { file, start: offset });
    while (checker.nextItem() !== null);
  }
}

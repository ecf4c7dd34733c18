/**
 * Work that one operation does, counted, so that an operation whose work grows beyond all bounds (a walk over
 * a large atom, a long text) ends when the evaluation that it is a part of has to end.
 *
 *     machine              whileAsking(limits, run)
 *       └── operation
 *             └── walk     countWork(n) … countWork(n) ──every INTERVAL──▶ limits() ──▶ throws, or nothing
 *
 * A thread does one thing at a time, so there is one counter for each. Outside of an evaluation nobody is asked.
 *
 *   WO1  What is asked may throw anywhere in a walk; so a walk changes nothing that outlives it before its end,
 *        or something that is taken back in any case (a trail).
 */

/** Units of work between two questions: a unit is a node of an atom or some characters, 5 to 100 ns. */
const INTERVAL = 2 ** 15;

/** Characters of text that are a unit of work. */
const UNIT_CHARACTERS = 64;

type Ask = () => void;

let left = INTERVAL;
let ask: Ask | null = null;

/** Counts units that a walk has done or is about to do. Throws what is thrown by whoever limits the evaluation. */
export function countWork(units: number): void {
  left -= units;
  if (left > 0) return;
  left = INTERVAL;
  ask?.();
}

/** Counts the work of a text of that length. */
export function countText(characters: number): void {
  countWork(characters / UNIT_CHARACTERS);
}

/** Runs with `asked` as what is asked now and then while it lasts. */
export function whileAsking<Result>(asked: Ask, run: () => Result): Result {
  const before = ask;
  ask = asked;
  try {
    return run();
  } finally {
    ask = before;
  }
}

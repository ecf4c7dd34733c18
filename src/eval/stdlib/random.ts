/**
 * The module `random`: numbers from generators.
 *
 * A generator is a state that holds `(RandomGenerator n)`, n being a 32-bit counter. So it can occur in
 * rules, is copied by clones like every state, and gives the same numbers wherever it is asked.
 */

import { mix, nextCount } from "../../base/random.js";
import { type Environment, handleOf } from "../../environment/environment.js";
import { changeSetting, settingState } from "../../environment/settings.js";
import { createState, getState, setState } from "../../environment/state.js";
import {
  type Atom,
  boolean,
  EXPRESSION,
  expression,
  float,
  INTEGER,
  integer,
  STATE,
  type StateAtom,
  UNIT,
} from "../../term/atom.js";
import {
  impureOperation,
  type Operation,
  type OperationContext,
  OperationError,
} from "../host/operation.js";
import { RANDOM_GENERATOR } from "../language/type-names.js";
import { isNumber } from "../primitives/numbers.js";

const SEEDS = 2 ** 32;

/** A new generator that starts from a seed. */
function newGenerator(environment: Environment, seed: number): StateAtom {
  return createState(handleOf(environment), counterAtom(seed));
}

/** The generator that every program which imports the module has, started from a seed. */
export function namedGenerator(environment: Environment, seed: number): StateAtom {
  const name = "generator &rng";
  changeSetting(handleOf(environment), name, counterAtom(seed));
  return settingState(handleOf(environment), name);
}

function counterAtom(counter: number): Atom {
  return expression([RANDOM_GENERATOR, integer(counter >>> 0)]);
}

function generatorOr(atom: Atom | undefined, name: string): StateAtom {
  if (atom?.tag === STATE) return atom;
  throw new OperationError(`${name} expects a random generator as its argument`);
}

/** The next number of a generator in [0, 1), with 53 random bits. */
function draw(environment: Environment, generator: StateAtom): number {
  const held = getState(handleOf(environment), generator);
  const counter = held.tag === EXPRESSION ? held.children[1] : undefined;
  if (counter?.tag !== INTEGER) throw new OperationError("not a random generator");
  const first = nextCount(Number(counter.value));
  const second = nextCount(first);
  setState(handleOf(environment), generator, counterAtom(second));
  return ((mix(first) >>> 5) * 2 ** 26 + (mix(second) >>> 6)) / 2 ** 53;
}

function inRange(
  name: string,
  summary: string,
  choose: (share: number, start: number, end: number) => Atom,
): Operation {
  const type = "(-> RandomGenerator Number Number Number)";
  return impureOperation(name, type, summary, ([generator, start, end], { environment }) => {
    if (!isNumber(start) || !isNumber(end)) {
      throw new OperationError(
        `${name} expects three arguments: random generator, number (start) and number (end)`,
      );
    }
    const from = Number(start.value);
    const to = Number(end.value);
    const found = generatorOr(generator, name);
    if (!(from < to)) throw new OperationError("RangeIsEmpty");
    return choose(draw(environment, found), from, to);
  });
}

function setSeed(context: OperationContext, generator: StateAtom, seed: number): Atom {
  context.environment.setState(generator, counterAtom(seed));
  return UNIT;
}

export const RANDOM: readonly Operation[] = [
  inRange("random-int", "A random integer from start to below end.", (share, start, end) => {
    const from = Math.trunc(start);
    return integer(from + Math.floor(share * (Math.trunc(end) - from)));
  }),
  inRange("random-float", "A random float from start to below end.", (share, start, end) =>
    float(start + share * (end - start)),
  ),
  impureOperation(
    "new-random-generator",
    "(-> Number RandomGenerator)",
    "A generator that starts from a seed.",
    ([seed], { environment }) => {
      if (isNumber(seed)) return newGenerator(environment, Number(seed.value));
      throw new OperationError("new-random-generator expects one argument: number (seed)");
    },
  ),
  impureOperation(
    "set-random-seed",
    "(-> RandomGenerator Number (->))",
    "Restarts a generator from a seed.",
    ([generator, seed], context) => {
      if (isNumber(seed)) {
        return setSeed(context, generatorOr(generator, "set-random-seed"), Number(seed.value));
      }
      throw new OperationError(
        "set-random-seed expects two arguments: random generator and number (seed)",
      );
    },
  ),
  impureOperation(
    "reset-random-generator",
    "(-> RandomGenerator (->))",
    "Restarts a generator from a seed of the host.",
    ([generator], context) => {
      const found = generatorOr(generator, "reset-random-generator");
      return setSeed(context, found, Math.floor(context.random() * SEEDS));
    },
  ),
  impureOperation("flip", "(-> Bool)", "True or False, at random.", (_args, context) =>
    boolean(context.random() < 0.5),
  ),
];

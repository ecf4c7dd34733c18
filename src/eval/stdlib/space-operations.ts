/** Spaces and states: what a program writes and reads in its environment. */

import { OxbowError } from "../../base/errors.js";
import { atomsOf } from "../../environment/answers.js";
import { handleOf } from "../../environment/environment.js";
import { note, STATE_TYPES } from "../../environment/registers.js";
import { createSpace } from "../../environment/space-access.js";
import { createState, getState, setState } from "../../environment/state.js";
import { addAtom, addAtoms, removeAtom } from "../../environment/writing.js";
import {
  type Atom,
  EXPRESSION,
  expression,
  type SpaceAtom,
  STATE,
  type StateAtom,
  symbol,
  UNIT,
} from "../../term/atom.js";
import { alphaEqual } from "../../term/equal.js";
import { renameFresh } from "../../term/resolve.js";
import {
  impureOperation,
  type Operation,
  type OperationContext,
  OperationError,
  type OperationResult,
  readingOperation,
} from "../host/operation.js";
import { errorAtom } from "../language/error-atom.js";
import { spaceOf } from "../machine/space-scope.js";
import { SpaceWrite } from "../plan/writes.js";
import { literalType } from "../types/evidence.js";

/** An operation whose first argument is a space. */
function onSpace(
  name: string,
  type: string,
  summary: string,
  apply: (space: SpaceAtom | null, atom: Atom, context: OperationContext) => OperationResult,
): Operation {
  return impureOperation(name, type, summary, (args, context) => {
    const space = spaceOf(args[0]!, context.self);
    if (space === undefined) {
      throw new OperationError(`${name} expects a space as the first argument`);
    }
    try {
      return apply(space, args[1] ?? UNIT, context);
    } catch (error) {
      // What cannot be stored is the program's failure; a full heap is not.
      if (!(error instanceof OxbowError) || error.code === "ERR_HEAP_EXHAUSTED") throw error;
      return errorAtom(expression([symbol(name), ...args]), error.message);
    }
  });
}

/** An operation that does one write to the space that is its first argument. */
function write(...parts: Parameters<typeof onSpace>): Operation {
  return new SpaceWrite(onSpace(...parts));
}

/** Adds every part of an expression. */
function addParts(name: string, type: string, summary: string): Operation {
  return onSpace(name, type, summary, (space, parts, { environment }) => {
    if (parts.tag !== EXPRESSION) {
      throw new OperationError(`${name} expects an expression of atoms as the second argument`);
    }
    addAtoms(handleOf(environment), parts.children, space);
    return UNIT;
  });
}

const newState = impureOperation(
  "new-state",
  "(-> $t (StateMonad $t))",
  "A cell that holds a value and can be changed.",
  ([value], { environment }) => createState(handleOf(environment), value!),
);

const readState = readingOperation(
  "get-state",
  "(-> (StateMonad $t) $t)",
  "The value that a cell holds.",
  ([state], { environment }) => {
    if (state?.tag !== STATE)
      throw new OperationError("get-state expects single state atom as an argument");
    return getState(handleOf(environment), state);
  },
);

const changeState = impureOperation(
  "change-state!",
  "(-> (StateMonad $t) $t (StateMonad $t))",
  "Puts another value into a cell.",
  ([state, value], context) => {
    if (state?.tag !== STATE)
      throw new OperationError("change-state! expects a state as the first argument");
    setKeepingType(context, state, value!);
    return state;
  },
);

/** Sets a state. It keeps the type that it was made with, also where the value has another. */
function setKeepingType(context: OperationContext, state: StateAtom, value: Atom): void {
  const { environment } = context;
  const literal = literalType(value);
  if (literal !== null && literal === literalType(getState(handleOf(environment), state))) {
    setState(handleOf(environment), state, value);
    return;
  }
  const [before] = context.typesOf(state);
  setState(handleOf(environment), state, value);
  const [after] = context.typesOf(state);
  if (before === undefined || after === undefined || alphaEqual(before, after)) return;
  const inner = before.tag === EXPRESSION ? before.children[1] : undefined;
  if (inner !== undefined) note(handleOf(environment), STATE_TYPES, state, [inner]);
}

export const SPACES: readonly Operation[] = [
  impureOperation(
    "new-space",
    "(-> SpaceType)",
    "An empty space of its own.",
    (_args, { environment }) => createSpace(handleOf(environment)),
  ),
  write(
    "add-atom",
    "(-> SpaceType Atom (->))",
    "Adds an atom to a space, unevaluated.",
    (space, atom, { environment }) => {
      addAtom(handleOf(environment), atom, space);
      return UNIT;
    },
  ),
  write(
    "add-reduct",
    "(-> SpaceType %Undefined% (->))",
    "Adds an evaluated atom to a space.",
    (space, atom, { environment }) => {
      addAtom(handleOf(environment), atom, space);
      return UNIT;
    },
  ),
  write(
    "remove-atom",
    "(-> SpaceType Atom (->))",
    "Removes one occurrence of an atom from a space.",
    (space, atom, { environment }) => {
      removeAtom(handleOf(environment), atom, space);
      return UNIT;
    },
  ),
  {
    ...onSpace(
      "get-atoms",
      "(-> SpaceType Atom)",
      "Every atom of a space, in insertion order.",
      (space, _atom, { environment }) =>
        [...atomsOf(handleOf(environment), space)].map((atom) => renameFresh(atom)),
    ),
    reads: true,
  },
  addParts("add-atoms", "(-> SpaceType Expression (->))", "Adds the parts of an expression."),
  addParts(
    "add-reducts",
    "(-> SpaceType %Undefined% (->))",
    "Adds the evaluated parts of an expression.",
  ),
  newState,
  readState,
  changeState,
];

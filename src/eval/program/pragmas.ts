/**
 * Pragmas: settings that a program makes with `pragma!`, and what they change for the expressions
 * after it. They stand in the program's environment (environment/settings.ts).
 *
 *     type-check auto            an ill-typed atom is not added or evaluated: its errors are its value
 *     interpreter bare-minimal   expressions are executed as minimal MeTTa, not evaluated
 *     max-stack-depth N          a call nested too deeply is a StackOverflow error; 0: no limit
 *
 *   PG1  Depth is counted in instructions of minimal MeTTa, as the reference does: one call that waits for
 *        a value stands for about as many of them as the reference needs for it.
 */

import { type Environment, handleOf } from "../../environment/environment.js";
import { changeSetting, findSetting } from "../../environment/settings.js";
import { type Atom, EXPRESSION, expression, SELF, symbol, UNIT } from "../../term/atom.js";
import { print } from "../../term/printer.js";
import { execute } from "../forms/minimal.js";
import { impureOperation, type Operation, OperationError } from "../host/operation.js";
import { INTERPRETER, interpret } from "../interpreter/interpret.js";
import { errorAtom } from "../language/error-atom.js";
import { UNDEFINED } from "../language/type-names.js";
import { giveEach } from "../machine/alternatives.js";
import type { EvaluationContext } from "../machine/evaluation-context.js";
import type { Frame, Interpret, Interpreter, Machine } from "../machine/machine.js";

/** Instructions that one waiting call stands for (PG1). */
const INSTRUCTIONS_A_FRAME = 32;
const METTA = symbol("metta");
const STACK_OVERFLOW = symbol("StackOverflow");

const PREFIX = "pragma ";

/** What a pragma of the program is set to. */
function pragma(environment: Environment, key: string): string | undefined {
  const found = findSetting(handleOf(environment), PREFIX + key);
  return found === undefined ? undefined : print(found);
}

export const PRAGMAS: readonly Operation[] = [
  impureOperation(
    "pragma!",
    "%Undefined%",
    "Sets how the expressions after it are evaluated: type-check auto, interpreter bare-minimal, max-stack-depth N.",
    ([key, value], { environment }) => {
      if (key === undefined || value === undefined) {
        throw new OperationError("pragma! expects key and value as arguments");
      }
      if (!("name" in key)) throw new OperationError("pragma! expects symbol atom as a key");
      if (key.name === "max-stack-depth" && !/^\+?\d+$/.test(print(value))) {
        throw new OperationError("UnsignedIntegerIsExpected");
      }
      changeSetting(handleOf(environment), PREFIX + key.name, value);
      return UNIT;
    },
  ),
];

/** Whether atoms are to be checked before they are added. */
export function checksTypes(environment: Environment): boolean {
  return pragma(environment, "type-check") === "auto";
}

/** The errors of an ill-typed atom, if the program asks for that check; otherwise none. */
export function typeErrors(context: EvaluationContext, atom: Atom): readonly Atom[] {
  if (!checksTypes(context.environment)) return [];
  const found = context.types.typesOf(atom);
  const errors = found.flatMap(({ error }) => (error === null ? [] : [error]));
  return errors.length === found.length ? errors : [];
}

/** Whether the program wants expressions to be executed as minimal MeTTa. */
export function isBareMinimal(environment: Environment): boolean {
  return pragma(environment, "interpreter") === "bare-minimal";
}

/** Begins to evaluate an expression of a program, as its pragmas say. */
export function begin(machine: Machine, atom: Atom, frame: Frame): void {
  const { environment } = machine.context;
  const errors = typeErrors(machine.context, atom);
  if (errors.length > 0) giveEach(machine, errors, frame);
  else if (isBareMinimal(environment)) execute(machine, atom, frame);
  else machine.evaluate(atom, UNDEFINED, frame);
}

/** The interpreter for a program's pragmas. */
export function interpreterFor(environment: Environment): Interpreter {
  const limit = pragma(environment, "max-stack-depth") ?? "0";
  const most = Math.floor(Number(limit) / INSTRUCTIONS_A_FRAME);
  if (Number(limit) === 0) return INTERPRETER;
  const limited: Interpret = (machine, atom, type, frame) => {
    if (atom.tag !== EXPRESSION || !isDeeper(frame, most)) {
      interpret(machine, atom, type, frame);
      return;
    }
    const call = expression([METTA, atom, type, machine.context.space ?? SELF]);
    machine.give(errorAtom(call, STACK_OVERFLOW), frame);
  };
  return { interpret: limited, shortcuts: "glances" };
}

/** Whether more than `most` calls are waiting; the frame below the whole expression does not count. */
function isDeeper(frame: Frame | null, most: number): boolean {
  let count = 0;
  for (let at = frame?.parent ?? null; at !== null; at = at.parent) if (++count > most) return true;
  return false;
}

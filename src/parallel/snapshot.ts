/**
 * `snapshot!`: what lets a program keep what it has done so far. The language has it everywhere; what it does is
 * granted by whoever has a store (snapshot-operation.ts), and refused until then. Every library has it, so nothing of
 * the store is imported here.
 */
import type { Environment } from "../environment/environment.js";
import { impureOperation, type Operation, OperationError } from "../eval/host/operation.js";
import { type Atom, integer, STRING, SYMBOL } from "../term/atom.js";
import { print } from "../term/printer.js";

/** Keeps what the environment holds under a name; the number of the snapshot. */
type TakeSnapshot = (name: string, environment: Environment) => Promise<number>;

function nameOf(atom: Atom): string {
  if (atom.tag === SYMBOL) return atom.name;
  if (atom.tag === STRING) return atom.value;
  throw new OperationError(`a snapshot's name is a symbol or a string, not ${print(atom)}`);
}

export function snapshotWith(take: TakeSnapshot): Operation {
  return impureOperation(
    "snapshot!",
    "(-> Atom Number)",
    "Keeps what the program has done so far in its store, under a name.",
    async ([name], { environment }) => integer(await take(nameOf(name!), environment)),
  );
}

/** The operation of a program that nobody has granted a store. */
export const REFUSED_SNAPSHOT: Operation = {
  ...snapshotWith(() => Promise.resolve(0)),
  apply() {
    throw new OperationError("snapshot! is not permitted: the program has no store");
  },
};

/**
 * Modules: what `import!` and related forms find under a name.
 *
 *     random, fileio, json …   what comes with the engine (host-modules.ts)
 *     name, a:b, "path.metta"  a file, looked for from the folder of the importing file: among those that the host has
 *                              given (given-files.ts), then among those of the platform
 *
 * A file is run once in a space of its own, with `&self` meaning that space and words that it binds meaning
 * nothing elsewhere; paths in it start at its own folder. A module that is requested while it is being run (a
 * cycle) is used as it is so far. A file ends where something that it imports cannot be loaded, and then it
 * cannot be loaded either: what follows would run without what it is made for. Importing makes a module's
 * space a dependency of the importing one (`environment/dependencies.ts`): its atoms are seen there, and stay
 * where they are.
 */

import { OxbowError } from "../../base/errors.js";
import { forgetCheckpoint, rollBack, takeCheckpoint } from "../../environment/handle.js";
import { ownModuleSpace } from "../../environment/registers.js";
import { platform } from "../../platform/current.js";
import type { Atom, SpaceAtom } from "../../term/atom.js";
import { OperationError } from "../host/operation.js";
import { isSystemError, moduleRefusal } from "../host/permissions.js";
import { Interruption } from "../limits/ending.js";
import type { EvaluationContext } from "../machine/evaluation-context.js";
import { Frame, Machine } from "../machine/machine.js";
import { noting, withoutErrors } from "../machine/part-errors.js";
import { Query } from "../machine/query-variables.js";
import { OrderedValues } from "../machine/suspension.js";
import { folderOf, inFolder, topFolder } from "../settings/folders.js";
import { givenFile } from "../settings/given-files.js";
import {
  findModule,
  type LoadedModule,
  loadedModules,
  noteIncluded,
  noteModule,
} from "../settings/loaded-modules.js";
import type { Evaluation } from "./evaluation.js";
import { FailedImportError } from "./failed-import.js";
import { begin, interpreterFor, typeErrors } from "./pragmas.js";
import { Program } from "./program.js";
import { runSteps } from "./program-run.js";

const { basename, dirname, resolve } = platform.paths;

/** The name of the program itself, as of a module. */
export const TOP = "top";

/** The path of the file that a module's name means. */
export function modulePath({ environment, space }: EvaluationContext, name: string): string {
  const folder = folderOf(environment, space);
  if (/[\\/]|\.metta$/.test(name)) return resolve(folder, name);
  const [start, ...rest] = name.split(":");
  if (start === TOP && rest.length > 0) {
    return resolve(topFolder(environment), `${rest.join("/")}.metta`);
  }
  const parts = start === "self" && rest.length > 0 ? rest : [start, ...rest];
  return resolve(folder, `${parts.join("/")}.metta`);
}

/**
 * Loads a module unless it is loaded. An OperationError says why it cannot be, and then nothing of it is
 * left.
 */
export function loadModule(context: EvaluationContext, name: string): LoadedModule {
  const { handle, library } = context;
  const plain = name.startsWith(`${TOP}:`) ? name.slice(TOP.length + 1) : name;
  const host = library.modules.get(plain);
  const key = host === undefined ? modulePath(context, name) : plain;
  const known = findModule(handle, key);
  if (known !== undefined) return known;
  const text = host === undefined ? readModule(context, key, name) : host.text;
  const checkpoint = takeCheckpoint(handle);
  try {
    const loaded = {
      key,
      name: basename(key, ".metta"),
      space: text === undefined ? null : ownModuleSpace(handle, key),
      words: host?.words?.(context) ?? [],
      isHost: host !== undefined,
    };
    // Before its text is run: a module that imports itself is what it is so far.
    noteModule(handle, loaded);
    if (text !== undefined) runText(context, text, key, loaded.space);
    forgetCheckpoint(handle, checkpoint);
    return loaded;
  } catch (error) {
    rollBack(handle, checkpoint);
    throw error;
  }
}

/** A module whose documentation is available without running a file; null if there is none. */
export function documentedModule(context: EvaluationContext, name: string): LoadedModule | null {
  if (context.library.modules.has(name)) return loadModule(context, name);
  return loadedModules(context.handle).find((each) => each.name === name) ?? null;
}

function readModule(context: EvaluationContext, path: string, name: string): string {
  const { handle, library, allowance } = context;
  const given = givenFile(handle, path);
  if (given !== undefined) return given;
  const refused = moduleRefusal(library.permissions, allowance.programFolder, path);
  if (refused !== null) throw new OperationError(refused);
  try {
    return platform.files.readText(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new OperationError(`Failed to resolve module ${name}`);
  }
}

/** Runs a file's text in the caller's space; returns the values of its last `!`. */
export function includeFile(context: EvaluationContext, name: string): readonly Atom[] {
  const { environment, space } = context;
  const path = modulePath(context, name);
  const text = readModule(context, path, name);
  noteIncluded(context.handle, path);
  return inFolder(environment, space, dirname(path), () => runText(context, text, path, space));
}

function runText(
  outer: EvaluationContext,
  text: string,
  path: string,
  space: SpaceAtom | null,
): readonly Atom[] {
  const context = outer.forText(space);
  const spent = { steps: 0 };
  let last: readonly Atom[] = [];
  try {
    const program = new Program(context, text, { source: path }, (atom) =>
      typeErrors(context, atom),
    );
    for (const { results } of runSteps(program, (atom) => valuesOf(context, atom, spent))) {
      last = results;
    }
    return last;
  } catch (error) {
    if (error instanceof FailedImportError) throw new OperationError(error.reason);
    if (error instanceof OxbowError && error.code === "ERR_SYNTAX") {
      throw new OperationError(error.message);
    }
    throw error;
  } finally {
    outer.addInnerSteps(spent.steps);
  }
}

class ValueFrame extends Frame {
  readonly values: OrderedValues = new OrderedValues();

  constructor() {
    super(null);
  }

  resume(machine: Machine, value: Atom): void {
    this.values.push(machine, noting(value));
    machine.fail();
  }
}

function valuesOf(context: EvaluationContext, atom: Atom, spent: { steps: number }): Evaluation {
  const machine = new Machine(context, interpreterFor(context.environment));
  const frame = new ValueFrame();
  try {
    begin(machine, new Query(atom).atom, frame);
    machine.run();
    // What the file is a part of ends, too, and sees nothing of it.
    if (machine.stopped !== "completed") throw new Interruption(machine.stopped);
    const results = withoutErrors(frame.values.inOrder());
    return { results, stopped: "completed", steps: machine.steps, failures: [] };
  } finally {
    machine.close();
    spent.steps += machine.steps;
  }
}

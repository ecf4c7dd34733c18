/**
 * Modules: what `import!` and its kin find under a name.
 *
 *     random, fileio, json …   what comes with the engine (host-modules.ts)
 *     name, a:b, "path.metta"  a file, looked for from the folder of the importing file
 *
 * A file is run once in a space of its own, with `&self` meaning that space and words that it binds
 * meaning nothing elsewhere; paths in it start at its own folder. A module that is asked for while it is
 * being run (a cycle) is what it is so far. A file ends where something that it imports cannot be loaded, and
 * then it cannot be loaded either: what follows would run without what it is made for. Importing makes a module's space a dependency of the
 * importing one (`environment/dependencies.ts`): its atoms are seen there, and stay where they are.
 */
import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { OxbowError } from "../base/errors.js";
import type { Atom, SpaceAtom } from "../term/atom.js";
import { Parser } from "../term/parser.js";
import { resolve as resolveAtom } from "../term/resolve.js";
import { EvaluationContext } from "./context.js";
import { isFailedImport, reasonOf } from "./failed-import.js";
import { withoutErrors } from "./forms/collect.js";
import { HOST_MODULES, type HostModule } from "./host-modules.js";
import type { Library, LoadedModule } from "./library.js";
import { Frame, Machine } from "./machine.js";
import { OperationError } from "./operation.js";
import { moduleRefusal } from "./permissions.js";
import { begin, interpreterFor, typeErrors } from "./pragmas.js";
import { Query } from "./query-variables.js";

const NO_WORDS: ReadonlyMap<string, Atom> = new Map();

/** The name of the program itself, as of a module. */
export const TOP = "top";

/** The path of the file that a module's name means. */
export function modulePath(library: Library, name: string): string {
  if (/[\\/]|\.metta$/.test(name)) return resolve(library.folder, name);
  const [start, ...rest] = name.split(":");
  if (start === TOP && rest.length > 0) {
    return resolve(library.topFolder ?? library.folder, `${rest.join("/")}.metta`);
  }
  const parts = start === "self" && rest.length > 0 ? rest : [start, ...rest];
  return resolve(library.folder, `${parts.join("/")}.metta`);
}

/** Loads a module unless it is loaded. An OperationError says why it cannot be. */
export function loadModule(context: EvaluationContext, name: string): LoadedModule {
  const { library } = context;
  const plain = name.startsWith(`${TOP}:`) ? name.slice(TOP.length + 1) : name;
  const host = HOST_MODULES.get(plain);
  const key = host === undefined ? modulePath(library, name) : plain;
  const known = library.modules.get(key);
  if (known !== undefined) return known;
  if (host !== undefined) return loadHostModule(context, plain, host);
  const text = readModule(library, key, name);
  const space = context.environment.createSpace();
  const loaded = {
    name: basename(key, ".metta"),
    space,
    words: NO_WORDS,
    operations: [],
    isHost: false,
  };
  library.modules.set(key, loaded);
  try {
    library.inScope(new Map([["&self", space]]), () => runText(context, text, key, space));
  } catch (error) {
    library.modules.delete(key);
    throw error;
  }
  return loaded;
}

function loadHostModule(context: EvaluationContext, name: string, host: HostModule): LoadedModule {
  const { library, environment } = context;
  const operations = host.operations(library);
  for (const each of operations) library.addOperation(each);
  const space = host.text === undefined ? null : environment.createSpace();
  const words = host.words?.(context) ?? NO_WORDS;
  const loaded = { name, space, words, operations, isHost: true };
  library.modules.set(name, loaded);
  if (space !== null) {
    library.inScope(new Map([["&self", space]]), () =>
      runText(context, host.text ?? "", name, space),
    );
  }
  return loaded;
}

/** A module that documentation may be asked of without running a file; null if there is none. */
export function documentedModule(context: EvaluationContext, name: string): LoadedModule | null {
  if (HOST_MODULES.has(name)) return loadModule(context, name);
  return [...context.library.modules.values()].find((each) => each.name === name) ?? null;
}

function readModule(library: Library, path: string, name: string): string {
  const { permissions, programFolder } = library;
  const refused = moduleRefusal(permissions, programFolder, path);
  if (refused !== null) throw new OperationError(refused);
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new OperationError(`Failed to resolve module ${name}`);
  }
}

/** Runs a file's text where the caller stands; gives the values of its last `!`. */
export function includeFile(context: EvaluationContext, name: string): readonly Atom[] {
  const path = modulePath(context.library, name);
  context.library.included.add(path);
  return runText(context, readModule(context.library, path, name), path, context.space);
}

function runText(
  outer: EvaluationContext,
  text: string,
  path: string,
  space: SpaceAtom | null,
): readonly Atom[] {
  const { library, environment } = outer;
  checkSyntax(text, path);
  const { host, given, preparations, self } = outer;
  const context = new EvaluationContext(
    environment,
    space,
    library,
    host,
    given,
    preparations,
    self,
  );
  const { folder, topFolder } = library;
  library.folder = dirname(path);
  library.topFolder ??= folder;
  try {
    const parser = new Parser(text, { file: path, tokens: (word) => library.boundTo(word) });
    let last: readonly Atom[] = [];
    for (let item = parser.nextItem(); item !== null; item = parser.nextItem()) {
      if (item.evaluate) last = valuesOf(context, item.atom);
      else last = addItem(context, item.atom) ?? last;
      const failed = last.find(isFailedImport);
      if (failed !== undefined) throw new OperationError(reasonOf(failed));
    }
    return last;
  } finally {
    library.folder = folder;
    library.topFolder = topFolder;
  }
}

/** Adds an atom of a text; gives the errors instead if its types forbid that. */
function addItem(context: EvaluationContext, atom: Atom): readonly Atom[] | null {
  const errors = typeErrors(context, atom);
  if (errors.length > 0) return errors;
  context.library.noteRule(atom);
  context.environment.add(atom, context.space);
  return null;
}

/** Throws an OperationError for a text with a syntax error, before anything of it is run. */
function checkSyntax(text: string, path: string): void {
  try {
    const parser = new Parser(text, { file: path });
    while (parser.nextItem() !== null);
  } catch (error) {
    if (error instanceof OxbowError) throw new OperationError(error.message);
    throw error;
  }
}

class ValueFrame extends Frame {
  readonly values: Atom[] = [];

  constructor() {
    super(null);
  }

  resume(machine: Machine, value: Atom): void {
    this.values.push(resolveAtom(value));
    machine.fail();
  }
}

function valuesOf(context: EvaluationContext, atom: Atom): readonly Atom[] {
  const machine = new Machine(context, interpreterFor(context.library));
  const frame = new ValueFrame();
  try {
    begin(machine, new Query(atom).atom, frame);
    machine.run();
    if (machine.stopped !== "completed") throw new OperationError(machine.stopped);
    return withoutErrors(frame.values);
  } finally {
    machine.close();
  }
}

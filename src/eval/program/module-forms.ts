/** Special forms that change what a program's words mean: `bind!`, and modules. */

import { addDependency } from "../../environment/dependencies.js";
import { type Atom, type Expression, SELF, STRING, SYMBOL, UNIT } from "../../term/atom.js";
import { dereference, resolve } from "../../term/resolve.js";
import { OperationError } from "../host/operation.js";
import { errorAtom } from "../language/error-atom.js";
import { UNDEFINED } from "../language/type-names.js";
import { giveEach } from "../machine/alternatives.js";
import type { Frame, Machine } from "../machine/machine.js";
import { PartThenFrame } from "../machine/part-errors.js";
import { spaceOf } from "../machine/space-scope.js";
import { form, type SpecialForm } from "../machine/special-form.js";
import { addSteps, tellSteps } from "../machine/step-count.js";
import { loadedModules, noteModule } from "../settings/loaded-modules.js";
import { bindWord } from "../settings/words.js";
import { includeFile, loadModule, modulePath, TOP } from "./module-loader.js";

const bind = form({
  name: "bind!",
  type: "(-> Symbol %Undefined% (->))",
  summary: "Binds the word to the value in all text that is read afterwards.",
  isGrounded: true,
  hasEffects: true,
  run: (machine, call, _type, frame) => {
    const word = dereference(call.children[1]!);
    if (word.tag !== SYMBOL) {
      machine.give(errorAtom(resolve(call), "bind! expects symbol atom as a token"), frame);
      return;
    }
    const keep = new PartThenFrame(frame, (_machine, value, parent) => {
      bindWord(machine.context, word.name, resolve(value));
      machine.give(UNIT, parent);
    });
    machine.evaluate(call.children[2]!, UNDEFINED, keep);
  },
});

/** The name that a symbol or a string gives; an OperationError for anything else. */
function nameOf(atom: Atom, form: string): string {
  if (atom.tag === SYMBOL) return atom.name;
  if (atom.tag === STRING) return atom.value;
  throw new OperationError(`${form} expects a module name argument`);
}

/** A form on a module's name; what it throws as an OperationError is its value as an error. */
function onModule(
  name: string,
  type: string,
  summary: string,
  nameAt: number,
  run: (machine: Machine, module: string, call: Expression) => readonly Atom[],
): SpecialForm {
  return form({
    name,
    type,
    summary,
    isGrounded: true,
    hasEffects: true,
    run: (machine, call, _type, frame) => {
      giveOrError(machine, call, frame, () =>
        run(machine, nameOf(dereference(call.children[nameAt]!), name), call),
      );
    },
  });
}

function giveOrError(
  machine: Machine,
  call: Expression,
  frame: Frame | null,
  run: () => readonly Atom[],
): void {
  let values: readonly Atom[];
  try {
    tellSteps(machine);
    values = run();
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    values = [errorAtom(resolve(call), error.message)];
  } finally {
    addSteps(machine, machine.context.takeInnerSteps());
  }
  giveEach(machine, values, frame);
}

const importForm = onModule(
  "import!",
  "(-> Atom Atom (->))",
  "Loads a module: into &self everything it holds, or as a word that stands for its space.",
  2,
  (machine, name, call) => {
    const destination = dereference(call.children[1]!);
    const { context } = machine;
    const { environment } = context;
    if (destination.tag === SYMBOL) {
      const { space } = loadModule(context, name);
      const word = destination.name.startsWith("&") ? destination.name : `&${destination.name}`;
      bindWord(context, word, space ?? environment.createSpace());
      return [UNIT];
    }
    const into = spaceOf(destination, context.self);
    if (into === undefined || !context.isHere(into)) {
      throw new OperationError(
        "import! destination argument must be a symbol atom naming a new space, or &self",
      );
    }
    const { space, words } = loadModule(context, name);
    for (const [word, atom] of words) bindWord(context, word, atom);
    if (space !== null) addDependency(context.handle, context.space, space);
    return [UNIT];
  },
);

const include = onModule(
  "include",
  "(-> Atom %Undefined%)",
  "Runs a file as if it stood here, and gives the values of its last expression.",
  1,
  (machine, name) => includeFile(machine.context, name),
);

const modSpace = onModule(
  "mod-space!",
  "(-> Atom SpaceType)",
  "The space of a module, which is loaded if need be.",
  1,
  ({ context }, name) => {
    if (name === TOP) return [SELF];
    const { space } = loadModule(context, name);
    return [space ?? context.environment.createSpace()];
  },
);

const registerModule = onModule(
  "register-module!",
  "(-> Atom (->))",
  "Loads the module at a path, so that its name can be imported.",
  1,
  ({ context }, path) => {
    const loaded = loadModule(context, path);
    noteModule(context.handle, { ...loaded, key: modulePath(context, loaded.name) });
    return [UNIT];
  },
);

const gitModule = onModule(
  "git-module!",
  "(-> Atom (->))",
  "Refused: modules are not fetched from the network.",
  1,
  () => {
    throw new OperationError(
      "git-module! is not supported: fetch the module, then register-module!",
    );
  },
);

const moduleSpaceNoDeps = form({
  name: "module-space-no-deps",
  type: "(-> SpaceType SpaceType)",
  summary: "The space of a module without what it imports.",
  isGrounded: true,
  run: (machine, call, _type, frame) => machine.evaluate(call.children[1]!, UNDEFINED, frame),
});

const printModules = form({
  name: "print-mods!",
  type: "(-> (->))",
  summary: "Prints the names of the modules that are loaded.",
  isGrounded: true,
  hasEffects: true,
  run: (machine, _call, _type, frame) => {
    const names = [...new Set(loadedModules(machine.handle).map(({ name }) => name))];
    machine.context.print([TOP, ...names].map((name) => `${name}\n`).join(""));
    machine.give(UNIT, frame);
  },
});

export const MODULE_FORMS: readonly SpecialForm[] = [
  bind,
  importForm,
  include,
  modSpace,
  registerModule,
  gitModule,
  printModules,
  moduleSpaceNoDeps,
];

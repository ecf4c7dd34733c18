/** Special forms about the variables in code, and the space that it is evaluated in. */
import {
  dereference,
  freshVariable,
  mapLeaves,
  renameFresh,
  resolve,
  variablesOf,
} from "../../term/resolve.js";
import { UNDEFINED } from "../language/type-names.js";
import { enterSpace } from "../machine/space-scope.js";
import { form, type SpecialForm } from "../machine/special-form.js";

const sealed = form({
  name: "sealed",
  type: "(-> Expression Atom Atom)",
  summary: "The second argument with its variables renamed, except those in the first.",
  isGrounded: true,
  run: (machine, call, _type, frame) => {
    const kept = new Set(variablesOf(call.children[1]!));
    const renamed = new Map([...kept].map((name) => [name, name] as const));
    machine.give(renameFresh(resolve(call.children[2]!), renamed), frame);
  },
});

const capture = form({
  name: "capture",
  type: "(-> Atom Atom)",
  summary: "Its argument, evaluated in the space that &self means.",
  isGrounded: true,
  run: (machine, call, _type, frame) => {
    const back = enterSpace(machine, machine.self, frame);
    machine.evaluate(call.children[1]!, UNDEFINED, back);
  },
});

const atomSubst = form({
  name: "atom-subst",
  type: "(-> Atom Variable Atom Atom)",
  summary: "The third argument with the variable replaced by the first.",
  run: (machine, call, _type, frame) => {
    const [, value, name, template] = call.children;
    const place = freshVariable("value");
    const target = dereference(name!);
    const replaced = mapLeaves(resolve(template!), (leaf) => (leaf === target ? place : leaf));
    machine.trail.bind(place, resolve(value!));
    machine.give(replaced, frame);
  },
});

export const VARIABLE_FORMS: readonly SpecialForm[] = [sealed, capture, atomSubst];

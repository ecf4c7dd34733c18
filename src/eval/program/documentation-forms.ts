/**
 * Documentation: atoms `(@doc …)` of a space put together with types, and shown to people.
 *
 *     (@doc name (@desc "…"))                                    of an atom
 *     (@doc name (@desc "…") (@params ((@param "…") …)) (@return "…"))   of a function
 *
 *     get-doc ─▶ (@doc-formal (@item name) (@kind function) (@type …) (@desc "…")
 *                             (@params ((@param (@type …) (@desc "…")) …)) (@return (@type …) (@desc "…")))
 *
 * What the library itself offers has one line each; its parameter types replace the rest.
 */

import { matchThrough, searchTrail } from "../../environment/search.js";
import {
  type Atom,
  EXPRESSION,
  type Expression,
  expression,
  SELF,
  SPACE,
  type SpaceAtom,
  STRING,
  SYMBOL,
  string,
  symbol,
  UNIT,
} from "../../term/atom.js";
import { print } from "../../term/printer.js";
import { dereference, freshVariable, resolve } from "../../term/resolve.js";
import { errorAtom } from "../language/error-atom.js";
import { UNDEFINED } from "../language/type-names.js";
import { entriesOf } from "../library/library.js";
import { giveEach } from "../machine/alternatives.js";
import { ThenFrame } from "../machine/collecting.js";
import type { EvaluationContext } from "../machine/evaluation-context.js";
import type { Frame, Machine } from "../machine/machine.js";
import { spaceOf } from "../machine/space-scope.js";
import { form, type SpecialForm } from "../machine/special-form.js";
import { documentedModule } from "./module-loader.js";

const ARROW = symbol("->");
const DOC = symbol("@doc");
const FORMAL = symbol("@doc-formal");
const ITEM = symbol("@item");
const KIND = symbol("@kind");
const FUNCTION = symbol("function");
const ATOM_KIND = symbol("atom");
const TYPE = symbol("@type");
const DESC = symbol("@desc");
const PARAM = symbol("@param");
const PARAMS = symbol("@params");
const RETURN = symbol("@return");
/** What `help!` without an argument shows. */
const CORE = symbol("corelib");

/** A space as the environment names it. */
type Where = SpaceAtom | null;

/** The parts of every `(@doc name …)` with so many parts after the name. */
function docsOf(context: EvaluationContext, space: Where, name: Atom, count: number): Atom[][] {
  const parts = Array.from({ length: count }, () => freshVariable("part"));
  const trail = searchTrail(context.handle);
  const pattern = expression([DOC, name, ...parts]);
  const cursor = matchThrough(context.handle, space, pattern, trail);
  const found: Atom[][] = [];
  for (; cursor.next(); trail.undoTo(0)) found.push(parts.map(resolve));
  return found;
}

/** The parts of an expression that begins with `head`; null if it is not one of that size. */
function partsOf(atom: Atom, head: Atom, count: number): readonly Atom[] | null {
  if (atom.tag !== EXPRESSION || atom.children.length !== count + 1) return null;
  return atom.children[0] === head ? atom.children.slice(1) : null;
}

function typed(head: Atom, type: Atom, text: Atom): Atom {
  return expression([head, expression([TYPE, type]), expression([DESC, text])]);
}

/** One `%Undefined%` for each type of a function with these parameters. */
function undefinedTypes(parameters: readonly Atom[]): Atom[] {
  return [...parameters, UNIT].map(() => UNDEFINED);
}

/** Parameters and result with their types, or null if there are not as many types as descriptions. */
function typedParameters(
  parameters: readonly Atom[],
  result: Atom,
  types: readonly Atom[],
): readonly [Atom, Atom] | null {
  const returned = partsOf(result, RETURN, 1);
  if (returned === null || types.length <= parameters.length) return null;
  const list: Atom[] = [];
  for (const [index, each] of parameters.entries()) {
    const described = partsOf(each, PARAM, 1);
    if (described === null) return null;
    list.push(typed(PARAM, types[index]!, described[0]!));
  }
  return [expression(list), typed(RETURN, types[parameters.length]!, returned[0]!)];
}

/** The formal documentation of a function by each `(@doc …)` that has it. */
function ofFunction(
  context: EvaluationContext,
  space: Where,
  name: Atom,
  type: Atom,
): readonly Atom[] {
  return docsOf(context, space, name, 3).flatMap(([desc, params, result]) => {
    const list = partsOf(params!, PARAMS, 1)?.[0];
    if (list?.tag !== EXPRESSION) return [];
    const types = type.tag === EXPRESSION ? type.children.slice(1) : undefinedTypes(list.children);
    const found = typedParameters(list.children, result!, types);
    if (found === null) return [];
    const [parameters, returned] = found;
    return [formal(name, FUNCTION, type, [desc!, expression([PARAMS, parameters]), returned])];
  });
}

function formal(name: Atom, kind: Atom, type: Atom, rest: readonly Atom[]): Atom {
  const head = [FORMAL, expression([ITEM, name]), expression([KIND, kind])];
  return expression([...head, expression([TYPE, type]), ...rest]);
}

/** The formal documentation of an atom that is not a function. */
function ofAtom(context: EvaluationContext, space: Where, atom: Atom): readonly Atom[] {
  const docs = docsOf(context, space, atom, 1);
  if (docs.length === 0) return ofFunction(context, space, atom, UNDEFINED);
  const types = context.typesOf(atom, space);
  return docs.flatMap(([desc]) => types.map((type) => formal(atom, ATOM_KIND, type, [desc!])));
}

/** The same of a symbol or grounded atom, for each of its types. */
function ofSingle(context: EvaluationContext, space: Where, atom: Atom): readonly Atom[] {
  const found = context
    .typesOf(atom, space)
    .flatMap((type) =>
      isFunction(type) ? ofFunction(context, space, atom, type) : ofAtom(context, space, atom),
    );
  return found.length > 0 ? found : ofLibrary(context, atom);
}

function isFunction(type: Atom): boolean {
  return type.tag === EXPRESSION && type.children[0] === ARROW;
}

/** What the library says about one of its own entries. */
function ofLibrary({ registry }: EvaluationContext, atom: Atom): readonly Atom[] {
  const summary = atom.tag === SYMBOL ? registry.summaryOf(atom) : undefined;
  if (atom.tag !== SYMBOL || summary === undefined) return [];
  const desc = expression([DESC, string(summary)]);
  return registry.typesOf(atom).map((type) => {
    return formal(atom, isFunction(type) ? FUNCTION : ATOM_KIND, type, [desc]);
  });
}

function documentationOf(context: EvaluationContext, space: Where, atom: Atom): readonly Atom[] {
  return atom.tag === EXPRESSION ? ofAtom(context, space, atom) : ofSingle(context, space, atom);
}

/** A form whose first argument is a space, which may be left out; `run` gives its values. */
function onDocs(
  name: string,
  type: string,
  summary: string,
  run: (context: EvaluationContext, space: Where, rest: readonly Atom[]) => readonly Atom[],
): SpecialForm {
  return form({
    name,
    type,
    summary,
    fewestArguments: parameterCount(type) - 1,
    run: (machine, call, _type, frame) => {
      const given = call.children.length - 1;
      const all = parameterCount(type) === given;
      const rest = call.children.slice(all ? 2 : 1).map(resolve);
      withSpace(machine, call, all ? call.children[1]! : SELF, frame, (space) =>
        giveEach(machine, run(machine.context, space, rest), frame),
      );
    },
  });
}

function parameterCount(type: string): number {
  return type.split(" ").length - 2;
}

/** Continues with the space that an argument is or gives. */
function withSpace(
  machine: Machine,
  call: Expression,
  argument: Atom,
  frame: Frame | null,
  then: (space: Where) => void,
): void {
  const go = new ThenFrame(frame, (_machine, value, parent) => {
    const space = spaceOf(value, machine.self);
    if (space !== undefined) then(space);
    else machine.give(errorAtom(resolve(call), "a space is expected"), parent);
  });
  const where = dereference(argument);
  if (where.tag === SPACE) go.resume(machine, where);
  else machine.evaluate(where, UNDEFINED, go);
}

const undefinedType = form({
  name: "undefined-doc-function-type",
  type: "(-> Expression Type)",
  summary: "A list with %Undefined% for each parameter of a list and for the result.",
  run: (machine, call, _type, frame) => {
    const list = resolve(call.children[1]!);
    const parts = list.tag === EXPRESSION ? list.children : [];
    machine.give(expression(undefinedTypes(parts)), frame);
  },
});

const docParams = form({
  name: "get-doc-params",
  type: "(-> Expression Atom Expression (Expression Atom))",
  summary: "Descriptions of parameters and of the result put together with their types.",
  run: (machine, call, _type, frame) => {
    const [params, result, types] = call.children.slice(1).map(resolve);
    const lists = [params!, types!].map((each) => (each.tag === EXPRESSION ? each.children : []));
    const found = typedParameters(lists[0]!, result!, lists[1]!);
    if (found === null) machine.fail();
    else machine.give(expression(found), frame);
  },
});

/** The text of an atom for people: a string's own. */
function shown(atom: Atom): string {
  return atom.tag === STRING ? atom.value : print(atom);
}

/** `(head part)`'s part as text; the whole as text if it is none. */
function inside(atom: Atom | undefined, head: Atom): string {
  if (atom === undefined) return "";
  const parts = partsOf(atom, head, 1);
  return shown(parts === null ? atom : parts[0]!);
}

/** The lines that `help!` prints for a formal documentation. */
function linesOf(doc: Atom): string[] {
  const parts = doc.tag === EXPRESSION ? doc.children.slice(1) : [];
  const [item, kind, type, desc, params, result] = parts;
  const name = inside(item, ITEM);
  const about = `${inside(type, TYPE)} ${inside(desc, DESC)}`;
  if (inside(kind, KIND) === "atom") return [`Atom ${name}: ${about}`];
  if (params === undefined)
    return [`Function ${name} (type ${inside(type, TYPE)}) ${inside(desc, DESC)}`];
  const list = partsOf(params, PARAMS, 1)?.[0];
  const described = list?.tag === EXPRESSION ? list.children : [];
  const [returned, text] = (result === undefined ? null : partsOf(result, RETURN, 2)) ?? [];
  return [
    `Function ${name}: ${about}`,
    "Parameters:",
    ...described.map(parameterLine),
    `Return: (type ${inside(returned, TYPE)}) ${inside(text, DESC)}`,
  ];
}

function parameterLine(param: Atom): string {
  const [type, text] = partsOf(param, PARAM, 2) ?? [];
  return `  (type ${inside(type, TYPE)}) ${inside(text, DESC)}`;
}

const helpParam = form({
  name: "help-param!",
  type: "(-> Atom (->))",
  summary: "Prints a parameter's type and description.",
  hasEffects: true,
  run: (machine, call, _type, frame) => {
    const param = resolve(call.children[1]!);
    if (partsOf(param, PARAM, 2) === null) {
      machine.fail();
      return;
    }
    machine.context.print(`${parameterLine(param)}\n`);
    machine.give(UNIT, frame);
  },
});

/** Name and description of everything that a space documents. */
function linesOfSpace(context: EvaluationContext, space: Where): string[] {
  const name = freshVariable("name");
  const trail = searchTrail(context.handle);
  const rest = [0, 2].map((more) => Array.from({ length: more }, () => freshVariable("rest")));
  const desc = freshVariable("desc");
  return rest.flatMap((variables) => {
    const pattern = expression([DOC, name, expression([DESC, desc]), ...variables]);
    const cursor = matchThrough(context.handle, space, pattern, trail);
    const found: string[] = [];
    for (; cursor.next(); trail.undoTo(0)) {
      found.push(`${shown(resolve(name))}\n\t${shown(resolve(desc))}`);
    }
    return found;
  });
}

const helpSpace = form({
  name: "help-space!",
  type: "(-> SpaceType (->))",
  summary: "Prints what a space documents.",
  hasEffects: true,
  run: (machine, call, _type, frame) =>
    withSpace(machine, call, call.children[1]!, frame, (space) => {
      printLines(machine, linesOfSpace(machine.context, space));
      machine.give(UNIT, frame);
    }),
});

function printLines(machine: Machine, lines: readonly string[]): void {
  machine.context.print(lines.map((line) => `${line}\n`).join(""));
}

/** What is documented under the name of a module; null if there is no such module. */
function linesOfModule(context: EvaluationContext, atom: Atom): string[] | null {
  if (atom.tag !== SYMBOL) return null;
  const { library } = context;
  if (atom === CORE)
    return entriesOf(context.registry).map(({ name, summary }) => `${name}\n\t${summary}`);
  const found = documentedModule(context, atom.name);
  if (found === null) return null;
  const operations = library.modules.get(found.key)?.operations(library.permissions) ?? [];
  const own = operations.map(({ name, summary }) => `${name}\n\t${summary}`);
  return found.space === null ? own : [...own, ...linesOfSpace(context, found.space)];
}

const help = form({
  name: "help!",
  type: "(-> Atom (->))",
  summary: "Prints what is known of an atom or a module; without an argument of the library.",
  hasEffects: true,
  leastArguments: 0,
  run: (machine, call, _type, frame) => {
    const { context } = machine;
    const atom = call.children[1] === undefined ? CORE : resolve(call.children[1]);
    const docs = documentationOf(context, context.self, atom);
    const lines = docs.flatMap(linesOf);
    const module = linesOfModule(context, atom);
    if (module !== null) lines.push(...module);
    const none = [`No documentation found for ${shown(atom)}`];
    printLines(machine, docs.length === 0 && module === null ? none : lines);
    machine.give(UNIT, frame);
  },
});

export const DOCUMENTATION_FORMS: readonly SpecialForm[] = [
  onDocs(
    "get-doc",
    "(-> SpaceType Atom %Undefined%)",
    "The formal documentation of an atom in a space; of &self if no space is given.",
    (context, space, [atom]) => documentationOf(context, space, atom!),
  ),
  onDocs(
    "get-doc-single-atom",
    "(-> SpaceType Atom %Undefined%)",
    "The same of a symbol or grounded atom, for each of its types.",
    (context, space, [atom]) => ofSingle(context, space, atom!),
  ),
  onDocs(
    "get-doc-function",
    "(-> SpaceType Atom Type %Undefined%)",
    "The same of a function of the type.",
    (context, space, [atom, type]) => ofFunction(context, space, atom!, type!),
  ),
  onDocs(
    "get-doc-atom",
    "(-> SpaceType Atom %Undefined%)",
    "The same of an atom that is no function.",
    (context, space, [atom]) => ofAtom(context, space, atom!),
  ),
  undefinedType,
  docParams,
  help,
  helpSpace,
  helpParam,
];

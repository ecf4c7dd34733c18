/**
 * Generated code of a relation: its rules as JavaScript functions, for one type that is expected of a call.
 *
 *     entry(m, d, a0 …)         finds the rule (match-code.ts) and calls its body
 *     body(m, d, s0 …)          the rule's body (body-code.ts), calling the entries of other relations
 *     rest(m, d, v, …)          what is left of a body after a call that it had to wait for
 *
 * A relation's calls of itself are rounds of a loop (recursion-code.ts).
 *
 * `m` is the machine, `d` the number of levels the code may still descend: at 0 the call is left to the machine,
 * which empties the JavaScript stack into frames and calls again.
 *
 * Invariants
 *   CR1  Code is used as long as the heads in it are what they were when it was generated (heads.ts).
 *        Every function looks at the environment's `definitions` before it relies on that.
 *   CR2  A link leads to the code of the relation's rules in their current version, or to a stub that
 *        leaves the call to the machine.
 */
import { type Atom, Expression, type SymbolAtom, symbol } from "../../term/atom.js";
import { dereference } from "../../term/resolve.js";
import type { Operation } from "../host/operation.js";
import { ATOM } from "../language/type-names.js";
import type { EvaluationContext } from "../machine/evaluation-context.js";
import type { Machine } from "../machine/machine.js";
import { CallPlanner, isPlainType } from "../plan/call-plan.js";
import { Heads } from "../plan/heads.js";
import { CodeStore, type PreparedRules } from "../rules/prepared.js";
import type { PreparedRule, Slots } from "../rules/prepared-rule.js";
import { writeBody } from "./body-code.js";
import { type Candidate, choose } from "./candidates.js";
import { UnitText } from "./code-text.js";
import { value } from "./data-value.js";
import { writeEntry } from "./match-code.js";
import { RecursionWriter } from "./recursion-code.js";
import { operate, RUNTIME } from "./runtime.js";
import { LEVEL_WORDS, LEVELS, save } from "./saved-frame.js";
import { slotsOf } from "./slots.js";

/** Rules with this many nodes are left to the machine: only programs generate them. */
const LARGEST_BODY = 2000;
/** How often code is regenerated because heads have changed. */
const MOST_GENERATIONS = 8;
type Code = (machine: Machine, levels: number, ...atoms: readonly Atom[]) => Atom | null;

/** How generated code leaves calls to the machine. */
export interface Later {
  /** A call whose parts are evaluated, to be reduced. */
  readonly reduce: (machine: Machine, call: Expression, type: Atom) => null;
  /** The same, where more than one rule may match or variables may be bound. */
  readonly tryRules: (machine: Machine, call: Expression, type: Atom) => null;
}

interface Link {
  readonly head: SymbolAtom;
  readonly arity: number;
  readonly type: Atom;
  prepared: PreparedRules | null;
}

/** What the generated text gives. */
interface Generated {
  readonly entry: Code;
  readonly bodies: readonly Code[];
  setLink(index: number, target: Code): void;
  setStamp(definitions: number): void;
}

/** The code of rules by the type that is expected of a call; null where there cannot be any. */
class CodesByType extends CodeStore {
  readonly byType: Map<Atom, RelationCode | null> = new Map();
  readonly #generations = new Map<Atom, number>();

  /** Notes that code is generated for a type once more; how often that is. */
  beginGeneration(type: Atom): number {
    const generation = (this.#generations.get(type) ?? 0) + 1;
    this.#generations.set(type, generation);
    return generation;
  }

  get count(): number {
    return [...this.byType.values()].filter((each) => each !== null).length;
  }
}

/** The code that there is; null where there cannot be any, undefined where there is none yet. */
export function findCode({ code }: PreparedRules, type: Atom): RelationCode | null | undefined {
  return code instanceof CodesByType ? code.byType.get(type) : undefined;
}

/**
 * The code of prepared rules for a call where the type is expected: generated when the rules have been
 * used often enough. Null if there is none.
 */
export function codeOf(
  context: EvaluationContext,
  prepared: PreparedRules,
  call: Expression,
  type: Atom,
  later: Later,
): RelationCode | null {
  const known = findCode(prepared, type);
  if (known === null) return null;
  if (known?.isBroken(context) === false) return known;
  const { warm } = context.preparations;
  if (++prepared.uses < warm * prepared.patience || !prepared.isWhole) return null;
  const codes = prepared.code instanceof CodesByType ? prepared.code : new CodesByType();
  prepared.code = codes;
  const code =
    codes.beginGeneration(type) <= MOST_GENERATIONS && canHaveCode(prepared, type)
      ? new RelationCode(context, prepared, call, type, later)
      : null;
  codes.byType.set(type, code);
  return code;
}

function canHaveCode({ rules }: PreparedRules, type: Atom): boolean {
  return (isPlainType(type) || type === ATOM) && rules.every(canBeCode);
}

const NOT_REDUCIBLE = symbol("NotReducible");

function canBeCode({ body, isFunction }: PreparedRule): boolean {
  return body !== NOT_REDUCIBLE && !isFunction && isSmall(body);
}

function isSmall(atom: Atom): boolean {
  let nodes = 0;
  const pending = [atom];
  while (pending.length > 0) {
    const next = pending.pop()!;
    if (++nodes > LARGEST_BODY) return false;
    if ("children" in next) pending.push(...next.children);
  }
  return true;
}

class RelationCode {
  readonly #head: Atom;
  readonly #type: Atom;
  readonly #later: Later;
  readonly #heads = new Heads();
  readonly #links: Link[] = [];
  readonly #slotIndexes: readonly (readonly number[])[];
  readonly #code: Generated;
  /** The definitions for which the heads were found to be others (CR1). */
  #brokenAt = -1;

  constructor(
    context: EvaluationContext,
    { rules }: PreparedRules,
    call: Expression,
    type: Atom,
    later: Later,
  ) {
    this.#head = call.children[0]!;
    this.#type = type;
    this.#later = later;
    this.#slotIndexes = rules.map(({ left }) => slotsOf(left).map(({ id }) => -1 - id));
    this.#code = this.#generate(context, rules, call.children.length - 1);
  }

  /** Whether its heads are known to have changed. */
  isBroken({ handle }: EvaluationContext): boolean {
    return this.#brokenAt === handle.definitions;
  }

  /** Calls the code with the parts of a call. */
  enter(machine: Machine, call: Expression): Atom | null {
    const { children } = call;
    const { entry } = this.#code;
    switch (children.length) {
      case 2:
        return entry(machine, LEVELS, dereference(children[1]!));
      case 3:
        return entry(machine, LEVELS, dereference(children[1]!), dereference(children[2]!));
      case 4:
        return entry(
          machine,
          LEVELS,
          dereference(children[1]!),
          dereference(children[2]!),
          dereference(children[3]!),
        );
      default:
        return entry(machine, LEVELS, ...children.slice(1).map(dereference));
    }
  }

  /** Calls the code of a rule's body. */
  runBody(machine: Machine, index: number, slots: Slots): Atom | null {
    const body = this.#code.bodies[index]!;
    const indexes = this.#slotIndexes[index]!;
    switch (indexes.length) {
      case 0:
        return body(machine, LEVELS);
      case 1:
        return body(machine, LEVELS, slots[indexes[0]!]!);
      case 2:
        return body(machine, LEVELS, slots[indexes[0]!]!, slots[indexes[1]!]!);
      default:
        return body(machine, LEVELS, ...indexes.map((slot) => slots[slot]!));
    }
  }

  #generate(context: EvaluationContext, rules: readonly PreparedRule[], arity: number): Generated {
    const unit = new UnitText();
    const planner = new CallPlanner(context, this.#heads);
    const link = (head: Atom, parts: number, expected: Atom): string =>
      `f${this.#linkTo(head as SymbolAtom, parts, expected)}`;
    const recursion = new RecursionWriter(unit, arity);
    const isOwn = (name: string): boolean =>
      name === `f${this.#findLink(this.#head, arity, this.#type)}`;
    const { profile } = context.preparations;
    const site = { unit, planner, link, isOwn, recursion, profile, weight: "WEIGHT" };
    const bodies = rules.map((rule) => writeBody(site, rule, this.#type));
    const doors = bodies.map((body) => unit.door(body));
    writeEntry({ unit, rules, bodies, arity, recursion });
    const weight = Math.ceil(unit.frameWords / LEVEL_WORDS);
    const source = [
      '"use strict";',
      `const { ${Object.keys(RUNTIME).join(", ")} } = runtime;`,
      "const { again, choose, several, unreduced, operate, reduceLater, relink, save, stub, typed } = site;",
      `const WEIGHT = ${weight};`,
      "let stamp = -1;",
      ...this.#links.map((_, index) => `let f${index} = stub(${index});`),
      ...recursion.declarations(),
      unit.toString(),
      "return {",
      `entry: ${recursion.entry},`,
      `bodies: [${doors.join(", ")}],`,
      `setLink(index, target) { switch (index) { ${this.#links.map((_, index) => `case ${index}: f${index} = target; break;`).join(" ")} } },`,
      "setStamp(definitions) { stamp = definitions; },",
      "};",
    ].join("\n");
    // The text consists only of names chosen in this folder; everything from the program comes in as constants.
    // oxlint-disable-next-line typescript/no-implied-eval
    const instantiate = new Function("runtime", "site", "constants", source);
    return instantiate(RUNTIME, this.#siteFunctions(), unit.constants) as Generated;
  }

  /** The functions of this relation that the text calls. */
  #siteFunctions(): object {
    const later = this.#later;
    const type = this.#type;
    const callOf = (args: readonly Atom[]): Expression => new Expression([this.#head, ...args]);
    return {
      again: (machine: Machine, ...args: readonly Atom[]) =>
        later.reduce(machine, callOf(args), type),
      choose: (machine: Machine, levels: number, found: Candidate, ...args: readonly Atom[]) =>
        choose(machine, levels, found, () => value([this.#head, ...args.slice(1)])),
      several: (machine: Machine, ...args: readonly Atom[]) =>
        later.tryRules(machine, callOf(args), type),
      unreduced: (_machine: Machine, ...args: readonly Atom[]) => value([this.#head, ...args]),
      operate: (machine: Machine, operation: Operation, expected: Atom, call: Expression) =>
        operate(machine, operation, expected, call, later.reduce),
      reduceLater: later.reduce,
      relink: (machine: Machine) => this.#relink(machine.context),
      save,
      stub: (index: number) => this.#stub(index),
      typed: (
        head: SymbolAtom,
        expected: Atom,
        machine: Machine,
        levels: number,
        ...args: Atom[]
      ) => this.#callTyped(head, expected, machine, levels, args),
    };
  }

  /** The index of a link; -1 if there is none. */
  #findLink(head: Atom, arity: number, type: Atom): number {
    return this.#links.findIndex(
      (link) => link.head === head && link.arity === arity && link.type === type,
    );
  }

  #linkTo(head: SymbolAtom, arity: number, type: Atom): number {
    const known = this.#findLink(head, arity, type);
    if (known >= 0) return known;
    return this.#links.push({ head, arity, type, prepared: null }) - 1;
  }

  /** A call of rules of which a type is expected that was found at run time. */
  #callTyped(
    head: SymbolAtom,
    type: Atom,
    machine: Machine,
    levels: number,
    args: readonly Atom[],
  ): Atom | null {
    const { context } = machine;
    const call = new Expression([head, ...args]);
    const rules = context.rules.dispatched(head, call);
    const code = rules === null ? null : codeOf(context, rules, call, type, this.#later);
    if (code === null) return this.#later.reduce(machine, call, type);
    return code.#code.entry(machine, levels, ...args);
  }

  /** What a link leads to while there is no code for it. */
  #stub(index: number): Code {
    return (machine, levels, ...args) => {
      const { head, type, prepared } = this.#links[index]!;
      const { context } = machine;
      const call = new Expression([head, ...args]);
      const rules = prepared ?? context.rules.dispatched(head, call);
      const code = rules === null ? null : codeOf(context, rules, call, type, this.#later);
      if (code === null) return this.#later.reduce(machine, call, type);
      // Of a large relation each call may have other code.
      if (prepared !== null) this.#code.setLink(index, code.#code.entry);
      return code.#code.entry(machine, levels, ...args);
    };
  }

  /** Finds out whether the code is right for the environment as it is now (CR1), and links it (CR2). */
  #relink(context: EvaluationContext): boolean {
    const { definitions } = context.handle;
    if (this.#brokenAt === definitions) return false;
    if (!this.#heads.stillHold(context)) {
      this.#brokenAt = definitions;
      return false;
    }
    this.#links.forEach((link, index) => {
      const prepared = context.rules.rulesOf(link.head, link.arity);
      if (prepared === link.prepared) return;
      link.prepared = prepared;
      this.#code.setLink(index, this.#stub(index));
    });
    this.#code.setStamp(definitions);
    return true;
  }
}

/**
 * Tabling: calls of some functions are answered from tables, so that rules that lead back to their own call, over facts
 * in circles, come to an end, with each answer once (SLG resolution with local scheduling: Chen and Warren,
 * "Tabled evaluation with delaying for general logic programs", 1996).
 *
 *     call of a tabled function
 *       ├── its table is complete        the answers, one after the other
 *       ├── its table is being made      set aside as a consumer of it, and fails here
 *       └── there is none                a component begins, and makes it with the function's rules
 *
 * An object of this class belongs to one machine. Two calls have one table if they are the same up to the names
 * of variables, with the same expected type, in the same space.
 *
 *   TB1  A table is complete when its component is: all its rules were tried, and each consumer in it has had all
 *        answers. Nobody outside of the component sees an answer before.
 *   TB2  A table that is being made is known to its own machine only, and goes when its component is given up: by
 *        a limit, an exception, `once`. So there are no tables that hold a part of the answers.
 *   TB3  What is set aside may be resumed in any order and any number of times; so nothing that waits for the end of
 *        what it began (`collapse`, `once`) may lie between, and nothing in there has side effects. A program that wants
 *        that has no table: the outermost call gives an Error.
 *   TB4  A complete table is used as long as nothing has changed that was read for it (environment/reads.ts).
 *   TB5  A branch of a fork begins with the tables that were complete when it was forked, and no others; those it makes are
 *        its own. So what it finds, and in how many steps, does not depend on the thread that evaluates it.
 */
import { assert } from "../../base/assert.js";
import type { Reads } from "../../environment/reads.js";
import { type Atom, type Expression, expression, type Variable } from "../../term/atom.js";
import { freshVariable, renameFresh, resolve } from "../../term/resolve.js";
import { errorAtom } from "../language/error-atom.js";
import { type ChoicePoint, Frame, type Machine } from "../machine/machine.js";
import { AtomDictionary, Places } from "./atom-dictionary.js";
import { Component } from "./component.js";
import { type Caller, Consumer, giveAnswers } from "./consumer.js";
import type { KnownTables } from "./known-tables.js";
import { Table } from "./table.js";

/** Reduces a call by its rules. */
type ByRules = (machine: Machine, call: Expression, type: Atom, frame: Frame) => void;

export class Tabling implements KnownTables {
  readonly isTables = true;
  readonly #machine: Machine;
  /** Those that were complete when the branch of the machine was forked (TB5). */
  readonly #around: KnownTables | null;
  readonly dictionary: AtomDictionary;
  readonly #tables = new Map<string, Table>();
  /** Those that are being made, newest last (CO1). */
  readonly #components: Component[] = [];
  /** A choice point, and from where on up to it none holds back. */
  #seen: ChoicePoint | null = null;
  #seenAt = -1;
  #seenFrom = 0;
  /** What the machine must not forget because of others than consumers. */
  #floor = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#around = (machine.context.allowance.tables ?? null) as KnownTables | null;
    this.dictionary = new AtomDictionary(this.#around?.dictionary);
  }

  /** Whether a table is being made by what the machine evaluates now. */
  get isMaking(): boolean {
    return this.#components.length > 0;
  }

  /** What is read now is noted here (CO2). */
  get reads(): Reads | null {
    return this.#components.at(-1)?.reads ?? this.#machine.branches.around;
  }

  /** Continues with the answers of a call, whose parts are evaluated. */
  call(call: Expression, type: Atom, frame: Frame | null, byRules: ByRules): void {
    const machine = this.#machine;
    const places = new Places(false);
    const key = this.#keyOf(call, type, places);
    const caller: Caller = { variables: places.variables, frame, context: machine.context };
    const table = this.#find(key);
    if (table === null) this.#begin(key, call, type, caller, byRules);
    else if (!table.isComplete) this.#setAside(table, caller);
    else {
      this.reads?.include(table.reads!);
      if (!giveAnswers(machine, table, caller)) machine.fail();
    }
  }

  #keyOf({ children }: Expression, type: Atom, places: Places): string {
    const { space } = this.#machine.context;
    let key = space === null ? "" : `${space.writer}.${space.sequence}`;
    key += `/${this.dictionary.numberOf(type, places)}`;
    for (const child of children) key += `/${this.dictionary.numberOf(child, places)}`;
    return key;
  }

  #find(key: string): Table | null {
    const { handle } = this.#machine;
    const found = this.#tables.get(key);
    if (found?.reads?.isCurrent(handle) === false) this.#tables.delete(key);
    else if (found !== undefined) return found;
    const known = this.#around?.find(key);
    return known?.reads?.isCurrent(handle) === true ? known : null; // TB4
  }

  /** What branches that are forked now begin with (TB5). */
  get known(): KnownTables | null {
    if (this.#tables.size === 0) return this.#around;
    // To other threads these mean nothing.
    return this.dictionary.hasHosts ? null : this;
  }

  find(key: string): Table | undefined {
    const found = this.#tables.get(key);
    return found?.isComplete === true ? found : this.#around?.find(key);
  }

  *tables(): Generator<Table> {
    for (const table of this.#tables.values()) if (table.isComplete) yield table;
    for (const table of this.#around?.tables() ?? []) if (!this.#tables.has(table.key)) yield table;
  }

  /** Makes the table of a call, in variables of its own. */
  #begin(key: string, call: Expression, type: Atom, caller: Caller, byRules: ByRules): void {
    const machine = this.#machine;
    const component = new Component(this, machine, call, caller);
    const table = new Table(key, caller.variables.length, this.dictionary, component);
    component.begin(table);
    if (!this.isMaking) this.#floor = machine.branches.floor;
    this.#components.push(component);
    this.#tables.set(key, table);
    machine.handle.reads = component.reads; // CO2
    machine.push(component);
    const own = new Map(caller.variables.map((each) => [each, freshVariable(each.name)]));
    const copy = renameFresh(resolve(expression([type, call])), own) as Expression;
    const answers = new AnswerFrame(caller.frame, this, table, [...own.values()]);
    byRules(machine, copy.children[1] as Expression, copy.children[0]!, answers);
  }

  /** What asks for a table that is being made becomes a consumer of it. */
  #setAside(table: Table, caller: Caller): void {
    const machine = this.#machine;
    const component = table.component;
    if (this.#isHeldBack(component)) {
      this.refuse(
        "its answers depend on themselves through something that has to know all of them at once (collapse, once, case …): such a function cannot be tabled, and would not end without tables",
      );
      return;
    }
    while (this.#components.at(-1) !== component) {
      this.#components.pop()!.mergeInto(component, machine);
    }
    machine.handle.reads = component.reads;
    const { trailMark } = component;
    const consumer = new Consumer(machine, table, caller, trailMark, machine.trail.mark());
    table.consumers.push(consumer);
    component.schedule(consumer);
    machine.fail();
  }

  /** Whether something above the component waits for the end of what runs now (TB3). */
  #isHeldBack({ place }: Component): boolean {
    const { choices } = this.#machine.branches;
    // Below a choice point that is still there nothing has come or gone, and nobody begins to hold back.
    const seen = this.#seen;
    const isSeen = seen !== null && choices[this.#seenAt] === seen && this.#seenFrom <= place;
    const end = isSeen ? this.#seenAt : place;
    for (let index = choices.length - 1; index > end; index--) {
      if (choices[index]!.holdsBack()) return true;
    }
    this.#seenFrom = isSeen ? this.#seenFrom : place;
    this.#seenAt = choices.length - 1;
    this.#seen = choices[this.#seenAt]!;
    return false;
  }

  /** An answer was added to a table that is being made. */
  added(table: Table): void {
    const component = table.component;
    for (const consumer of table.consumers) component.schedule(consumer);
  }

  /** Called by the newest component, which has nothing left to do (TB1). */
  complete(component: Component): void {
    this.#leave(component);
    for (const table of component.tables) table.complete(component.reads);
    this.reads?.include(component.reads);
  }

  /** Called by the newest component, which is given up (TB2). */
  abandon(component: Component): void {
    this.#leave(component);
    for (const { key } of component.tables) this.#tables.delete(key);
  }

  #leave(component: Component): void {
    const machine = this.#machine;
    assert(this.#components.pop() === component, "CO1: the newest component ends first");
    machine.handle.reads = this.reads;
    if (!this.isMaking) machine.branches.floor = this.#floor;
  }

  /** Gives up all tables that are being made: the call that began them gives an Error that says why (TB3). */
  refuse(reason: string): void {
    const machine = this.#machine;
    const outermost = this.#components[0]!;
    const { call, caller, context, depth, trailMark } = outermost;
    machine.branches.cutTo(depth);
    machine.trail.undoTo(trailMark);
    machine.context = context!;
    const atom = resolve(call);
    machine.give(errorAtom(atom, `cannot make its table: ${reason}`), caller.frame);
  }
}

/** Takes the values of the call that a table is made for. */
class AnswerFrame extends Frame {
  readonly #tabling: Tabling;
  readonly #table: Table;
  readonly #variables: readonly Variable[];

  /** @param parent of the call: nothing is given to it, but it shows where the evaluation is. */
  constructor(
    parent: Frame | null,
    tabling: Tabling,
    table: Table,
    variables: readonly Variable[],
  ) {
    super(parent);
    this.#tabling = tabling;
    this.#table = table;
    this.#variables = variables;
  }

  resume(machine: Machine, value: Atom): void {
    const table = this.#table;
    if (table.add(this.#variables, value)) this.#tabling.added(table);
    machine.fail();
  }
}

/**
 * Component: tables that depend on each other, which are made together and complete at the same moment. It lies below
 * everything that makes them, so it is its turn when nothing else is left to do.
 *
 *     … caller │ component (path a $x) │ rules of path │ match │ …
 *              └ waits for the table     └ whoever asks for (path a $x) in here is set aside as a consumer
 *
 *     its turn:   a consumer has answers to go on with   ──▶ put back (consumer.ts)
 *                 none has                               ──▶ complete: the caller goes on with the answers
 *
 * One that begins inside of another completes first, and its caller goes on where it stands. If something in it asks
 * for a table of the other, the two are one from then on: its caller is set aside as a consumer too.
 *
 *   CO1  Components that are being made lie on the machine's choice points in the order of `Tabling`, newest last.
 *   CO2  What is read while a component is the newest one was read for it.
 *   CO3  One that was merged has nothing left to do: its tables, consumers and readings are the other's.
 */
import { Reads } from "../../environment/reads.js";
import type { Expression } from "../../term/atom.js";
import { ChoicePoint, type Machine } from "../machine/machine.js";
import { type Caller, Consumer, giveAnswers } from "./consumer.js";
import type { Table } from "./table.js";
import type { Tabling } from "./tabling.js";

export class Component extends ChoicePoint {
  /** The call that it began with, for messages. */
  readonly call: Expression;
  readonly caller: Caller;
  /** How many choice points were below it (`branches.depth`), and its own place among those of the branch. */
  readonly depth: number;
  readonly place: number;
  readonly reads: Reads;
  readonly #tabling: Tabling;
  /** Of its own caller; set before anything else is done. */
  #first: Table | null = null;
  #tables: Table[] = [];
  #agenda: Consumer[] = [];
  /** How many of the agenda have had their turn. */
  #done = 0;
  /** The one that it was merged into. */
  #into: Component | null = null;

  constructor(tabling: Tabling, machine: Machine, call: Expression, caller: Caller) {
    super();
    this.call = call;
    this.caller = caller;
    this.depth = machine.branches.depth;
    this.place = machine.branches.choices.length;
    this.reads = new Reads(machine.handle);
    this.#tabling = tabling;
  }

  /** The component that has its tables now. */
  get now(): Component {
    return this.#into === null ? this : Component.#last(this);
  }

  /** The end of the way from a component, which is made short for who asks next. */
  static #last(component: Component): Component {
    let last = component;
    while (last.#into !== null) last = last.#into;
    for (let each = component; each !== last; ) {
      const next = each.#into!;
      each.#into = last;
      each = next;
    }
    return last;
  }

  get tables(): readonly Table[] {
    return this.#tables;
  }

  begin(table: Table): void {
    this.#first = table;
    this.#tables.push(table);
  }

  /** Lets a consumer go on when it is its turn, if there are answers. */
  schedule(consumer: Consumer): void {
    if (consumer.isWaiting || !consumer.hasNext) return;
    consumer.isWaiting = true;
    this.#agenda.push(consumer);
  }

  /** Becomes a part of another that lies below it; its caller is set aside (CO3). */
  mergeInto(other: Component, machine: Machine): void {
    const table = this.#first!;
    const caller = new Consumer(machine, table, this.caller, other.trailMark, this.trailMark);
    table.consumers.push(caller);
    this.#into = other;
    other.#tables = joined(other.#tables, this.#tables);
    for (; this.#done < this.#agenda.length; this.#done++) {
      other.#agenda.push(this.#agenda[this.#done]!);
    }
    other.reads.include(this.reads);
    other.schedule(caller);
    this.#tables = [];
    this.#agenda = [];
  }

  retry(machine: Machine): boolean {
    if (this.#into !== null) return false;
    const next = this.#agenda[this.#done];
    if (next === undefined) return this.#complete(machine);
    if (++this.#done === this.#agenda.length) {
      this.#agenda = [];
      this.#done = 0;
    }
    next.isWaiting = false;
    return next.resume(machine);
  }

  #complete(machine: Machine): boolean {
    machine.drop(this);
    this.#tabling.complete(this);
    return giveAnswers(machine, this.#first!, this.caller);
  }

  /** Given up before it was complete: so are its tables. */
  override close(): void {
    if (this.#into === null) this.#tabling.abandon(this);
  }
}

/** Both: each table moves only where there are at least as many, so none moves often. */
function joined(one: Table[], other: Table[]): Table[] {
  const [few, many] = one.length < other.length ? [one, other] : [other, one];
  for (const table of few) many.push(table);
  return many;
}

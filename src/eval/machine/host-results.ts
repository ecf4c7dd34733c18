/**
 * What operations of the host return: an answer, a promise of one, or a stream of answers.
 *
 *     Atom · [Atom …] · NOT_REDUCIBLE      an answer, taken at once
 *     Promise of any of these              the branch waits, the others continue
 *     Iterator (a generator) of atoms      one alternative each, pulled on demand
 *     AsyncIterator of atoms               the same, waiting for each
 *
 *   - A stream is asked for a value only when the evaluation needs another alternative.
 *   - A stream that is abandoned (`once`, a limit) gets a call of its `return`.
 *   - What an operation throws becomes `(Error call "message")`; the cause is kept for the host.
 */

import { OxbowError } from "../../base/errors.js";
import { type Atom, type Expression, symbol } from "../../term/atom.js";
import { print } from "../../term/printer.js";
import {
  type Answer,
  NOT_REDUCIBLE,
  OperationError,
  type OperationResult,
} from "../host/operation.js";
import { errorAtom } from "../language/error-atom.js";
import { endsEvaluation } from "../limits/ending.js";
import { evaluateEach } from "./alternatives.js";
import type { Outcome } from "./branches.js";
import { refusesCall } from "./effects.js";
import { ChoicePoint, type Frame, type Machine } from "./machine.js";
import { mayReduce } from "./step-count.js";

/** A call in progress: what it is, and where its results go. */
export class HostCall {
  readonly machine: Machine;
  /** With its variables followed. */
  readonly call: Expression;
  readonly type: Atom;
  readonly frame: Frame | null;
  /** Makes the call its own value. */
  readonly giveUnreduced: () => void;

  constructor(
    machine: Machine,
    call: Expression,
    type: Atom,
    frame: Frame | null,
    giveUnreduced: () => void,
  ) {
    this.machine = machine;
    this.call = call;
    this.type = type;
    this.frame = frame;
    this.giveUnreduced = giveUnreduced;
  }

  /** Continues with what the operation gave. Throws ERR_ASYNCHRONOUS where the evaluation cannot wait. */
  take(result: OperationResult): void {
    const { machine } = this;
    if ((isPromise(result) || isAsyncIterable(result)) && refusesCall(machine, this.call)) {
      // Its outcome is no longer of interest.
      if (isPromise(result)) result.then(undefined, () => undefined);
    } else if (isPromise(result)) {
      this.await(result, (outcome) => {
        if (outcome.failed) this.fail(outcome.error);
        else this.answer(outcome.value);
      });
      machine.fail();
    } else if (isIterable(result)) {
      machine.push(new IteratorChoice(this, result[Symbol.iterator]()));
      machine.fail();
    } else if (isAsyncIterable(result)) {
      if (machine.waiting === null) throw cannotWait(this.call);
      machine.push(new AsyncIteratorChoice(this, result[Symbol.asyncIterator]()));
      machine.fail();
    } else {
      this.answer(result);
    }
  }

  answer(answer: Answer): void {
    const { machine, type, frame } = this;
    machine.context.noteChanges();
    if (answer === NOT_REDUCIBLE) this.giveUnreduced();
    else if (isAtom(answer)) machine.evaluate(answer, type, frame);
    else if (Array.isArray(answer)) evaluateEach(machine, answer as readonly Atom[], type, frame);
    else this.fail(new TypeError(`an operation must return atoms, not ${describe(answer)}`));
  }

  /** Takes the branch out until the promise settles; the caller fails. */
  await<Value>(promise: PromiseLike<Value>, then: (outcome: Outcome<Value>) => void): void {
    const { machine, call } = this;
    if (machine.waiting === null) {
      // Its outcome is no longer of interest.
      promise.then(undefined, () => undefined);
      throw cannotWait(call);
    }
    machine.waiting.suspend(machine, promise, then);
  }

  /** HR3. Rethrows what is not a failure of the call: a broken invariant, a full heap. */
  fail(error: unknown): void {
    const { machine, call, frame } = this;
    if (endsEvaluation(error)) throw error;
    if (error instanceof OperationError) {
      machine.give(errorAtom(call, symbol(error.message)), frame);
      return;
    }
    const atom = errorAtom(call, error instanceof Error ? error.message : String(error));
    machine.context.addFailure({ atom, cause: error });
    machine.give(atom, frame);
  }
}

function cannotWait(call: Expression): OxbowError {
  const operation = print(call.children[0]!);
  return new OxbowError(
    "ERR_ASYNCHRONOUS",
    `cannot wait for ${operation}: it answers later and this evaluation is synchronous, as in every branch of a fork; use evaluateAsync`,
    { operation },
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isAtom(result: unknown): result is Atom {
  return isObject(result) && "tag" in result;
}

function isPromise(result: OperationResult): result is PromiseLike<Answer> {
  return isObject(result) && "then" in result && typeof result.then === "function";
}

function isIterable(result: unknown): result is Iterable<Atom> {
  return isObject(result) && !Array.isArray(result) && Symbol.iterator in result;
}

function isAsyncIterable(result: unknown): result is AsyncIterable<Atom> {
  return isObject(result) && Symbol.asyncIterator in result;
}

function describe(value: unknown): string {
  return value === null || typeof value !== "object" ? String(value) : "an object of another kind";
}

/** A value of a stream is a step, so that an endless one meets a limit; false if the evaluation ends here. */
function mayPull(machine: Machine): boolean {
  const mayGoOn = machine.steps < machine.pause || mayReduce(machine);
  if (mayGoOn) machine.steps++;
  return mayGoOn;
}

/** The values of a stream, pulled one by one. */
class IteratorChoice extends ChoicePoint {
  readonly #call: HostCall;
  readonly #iterator: Iterator<Atom>;

  constructor(call: HostCall, iterator: Iterator<Atom>) {
    super();
    this.#call = call;
    this.#iterator = iterator;
  }

  retry(machine: Machine): boolean {
    if (!mayPull(machine)) return true;
    let next: IteratorResult<Atom>;
    try {
      next = this.#iterator.next();
    } catch (error) {
      machine.drop(this);
      this.#call.fail(error);
      return true;
    }
    if (next.done === true) return false;
    this.#call.answer(next.value);
    return true;
  }

  override close(): void {
    this.#iterator.return?.();
  }
}

/** The same where each value is waited for. */
class AsyncIteratorChoice extends ChoicePoint {
  readonly #call: HostCall;
  readonly #iterator: AsyncIterator<Atom>;
  #isWaiting = false;

  constructor(call: HostCall, iterator: AsyncIterator<Atom>) {
    super();
    this.#call = call;
    this.#iterator = iterator;
  }

  retry(machine: Machine): boolean {
    if (!mayPull(machine)) return true;
    const call = this.#call;
    this.#isWaiting = true;
    call.await(this.#iterator.next(), (outcome) => {
      this.#isWaiting = false;
      if (outcome.failed) {
        machine.drop(this);
        call.fail(outcome.error);
      } else if (outcome.value.done === true) {
        machine.drop(this);
        machine.fail();
      } else {
        call.answer(outcome.value.value);
      }
    });
    return false;
  }

  /** While it waits it is a part of the branch that waits, so that it can be given up with it. */
  override isCarried(): boolean {
    return this.#isWaiting;
  }

  override close(): void {
    void this.#iterator.return?.().then(undefined, () => undefined);
  }
}

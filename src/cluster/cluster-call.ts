/**
 * ClusterCall: one `evaluateAll` on other machines.
 *
 *     jobs     ┌──────────┬──────────┬──────────┐          each of some consecutive branches
 *     posted   │ 0 … 3    │ 4 … 7    │ 8 … 11   │
 *     replied  │ answer   │ missing ─┼──▶ blocks put, posted again
 *              │          │ answer   │ stalled ─┼──▶ posted again, branch by branch; then lost
 *              └────┬─────┴──────────┴──────────┘
 *                   └─ read, told of, united in order
 *
 * Invariants
 *   CAL1  A branch has one outcome: the first reply to a job that is posted counts, and a job that is not posted any more
 *        has no reply.
 *   CAL2  What the environment is depends on the outcomes alone, as in a pool: each goes into the line at its place.
 */
import { randomUUID } from "node:crypto";
import { OxbowError } from "../base/errors.js";
import { type Environment, handleOf } from "../environment/environment.js";
import { LIMIT_NAMES, type LimitValues } from "../eval/limits/limits.js";
import { unfinishedOutcome } from "../parallel/branch.js";
import { Line } from "../parallel/ordered-union.js";
import type { BranchOutcome } from "../parallel/outcome.js";
import { isResult } from "../parallel/outcome-delivery.js";
import type { CallOptions } from "../parallel/pool-call.js";
import type { Atom } from "../term/atom.js";
import { type AnsweredBranch, readAnswer } from "./answer.js";
import type { SentBase } from "./base-sender.js";
import type { Identity } from "./identity.js";
import type { JobData, JobReply } from "./job-data.js";
import type { Names } from "./names.js";
import type { Parcel } from "./parcel.js";
import { writeQuestion } from "./question.js";

/** How a call is made. */
export interface ClusterCallOptions extends CallOptions {
  /** Branches after the first that wrote are not needed. */
  readonly untilWritten?: boolean;
}

/** Jobs that a call is cut into, at most; more branches share a job. */
const MOST_JOBS = 256;
/** How often blocks that are missing are put for a job. */
const MOST_PUTS = 3;

/** A job, as the call posts it. */
export interface PostedJob {
  readonly id: string;
  readonly data: JobData;
}

/** What a call needs of its pool. */
interface CallHost {
  readonly identity: Identity;
  /** Has the base in the block store. */
  send(environment: Environment): Promise<SentBase>;
  toParcel(words: Int32Array): Promise<Parcel>;
  fromParcel(parcel: Parcel): Promise<Int32Array>;
  post(jobs: readonly PostedJob[], call: ClusterCall): Promise<void>;
  /** These jobs are not waited for any more. */
  withdraw(ids: readonly string[]): void;
  noteBranches(worker: string, count: number): void;
}

/** A task that was posted, with the names of the base that it was posted with. */
interface Posted {
  readonly task: Task;
  readonly names: Names;
}

/** Consecutive branches that are posted together. */
interface Task {
  readonly first: number;
  readonly count: number;
  /** How often blocks were put for it. */
  readonly puts: number;
}

export class ClusterCall {
  readonly id: string = randomUUID();
  readonly atoms: readonly Atom[];
  readonly outcomes: BranchOutcome[];
  readonly line: Line;
  winner = -1;
  readonly #host: CallHost;
  readonly #base: Environment;
  readonly #options: ClusterCallOptions;
  /** By the id of the job (CAL1). */
  readonly #posted = new Map<string, Posted>();
  #done = 0;
  #sent: SentBase | null = null;
  #jobs = 0;
  #isOver = false;
  #error: unknown = null;
  #settle: { resolve: () => void; reject: (error: unknown) => void } | null = null;

  constructor(
    host: CallHost,
    environment: Environment,
    atoms: readonly Atom[],
    options: ClusterCallOptions,
  ) {
    this.#host = host;
    this.#options = options;
    this.atoms = atoms;
    this.outcomes = Array.from({ length: atoms.length });
    this.#base = environment.clone();
    this.line = new Line(this.#base, atoms.length);
  }

  /** Branches that have an outcome. */
  get done(): number {
    return this.#done;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Jobs that are waited for. */
  get posted(): readonly string[] {
    return [...this.#posted.keys()];
  }

  /** The blocks that it needs while it runs. */
  get blocks(): readonly string[] {
    return this.#sent?.blocks ?? [];
  }

  /** Posts all jobs, and is kept when each branch has an outcome. Throws what makes the call fail. */
  async run(): Promise<void> {
    const count = this.atoms.length;
    const ended = new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // It may fail before anybody waits for it.
    ended.catch(() => undefined);
    const size = Math.ceil(count / MOST_JOBS);
    const tasks: Task[] = [];
    for (let first = 0; first < count; first += size) {
      tasks.push({ first, count: Math.min(size, count - first), puts: 0 });
    }
    // It may have been ended before it began.
    if (this.#isOver) throw this.#error;
    // Redis may be away while it is ended: nobody waits for that.
    this.#post(tasks).then(
      () => this.#endIfDone(),
      (error: unknown) => this.fail(error),
    );
    await ended;
  }

  /** Ends the call with an error; what is posted is not waited for. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#error = error;
    this.#end();
    this.#settle?.reject(error);
  }

  /** The branches that have no outcome yet are cancelled. */
  cancelRest(): void {
    if (this.#isOver) return;
    for (const [index, atom] of this.atoms.entries()) {
      if (this.outcomes[index] !== undefined) continue;
      this.#take(index, { outcome: unfinishedOutcome(atom, "cancelled"), environment: null });
    }
    this.#endIfDone();
  }

  /** A job has been replied to (CAL1). */
  async reply(id: string, reply: JobReply): Promise<void> {
    const posted = this.#posted.get(id);
    if (posted === undefined) return;
    this.#posted.delete(id);
    const { task } = posted;
    if ("refused" in reply) {
      const { code, message } = reply.refused;
      throw new OxbowError(code, `${message} (on worker ${reply.worker})`);
    }
    if ("missing" in reply) return await this.#putAgain(task, reply.missing);
    await this.#takeAnswer(posted, reply.answer);
    this.#host.noteBranches(reply.worker, task.count);
    this.#endIfDone();
  }

  /** The workers of a job have died too often. One of several branches need not be to blame for it. */
  async lose(id: string): Promise<void> {
    const task = this.#posted.get(id)?.task;
    if (task === undefined) return;
    this.#posted.delete(id);
    const { first, count } = task;
    if (count > 1) {
      const apart = Array.from({ length: count }, (_, index) => ({
        ...task,
        first: first + index,
        count: 1,
      }));
      return await this.#post(apart);
    }
    const outcome = unfinishedOutcome(this.atoms[first]!, "lost");
    this.#take(first, { outcome, environment: null });
    this.#endIfDone();
  }

  /** Releases what is not in the answer. */
  dispose(): void {
    this.#end();
    this.line.dispose();
    this.#base.dispose();
  }

  async #post(tasks: readonly Task[]): Promise<void> {
    const sent = await this.#host.send(this.#base);
    this.#sent = sent;
    const jobs: PostedJob[] = [];
    for (const task of tasks) {
      const id = `${this.id}-${this.#jobs++}`;
      jobs.push({ id, data: await this.#dataOf(task, sent) });
      if (this.#isOver) return;
      this.#posted.set(id, { task, names: sent.names });
    }
    await this.#host.post(jobs, this);
  }

  async #dataOf({ first, count }: Task, sent: SentBase): Promise<JobData> {
    const { space = null, seed = 0, firstBranch = 0 } = this.#options;
    const atoms = this.atoms.slice(first, first + count);
    const words = writeQuestion({ atoms, space }, handleOf(this.#base), sent.names);
    return {
      identity: this.#host.identity,
      call: this.id,
      base: sent.name,
      question: await this.#host.toParcel(words),
      count,
      firstBranch: firstBranch + first,
      seed,
      limits: limitsOf(this.#options),
    };
  }

  async #putAgain(task: Task, missing: readonly string[]): Promise<void> {
    if (task.puts === MOST_PUTS) {
      const message =
        `cannot finish a call: the block store does not keep block ${missing[0]}, which was put ${MOST_PUTS + 1} times; ` +
        "the environment is as it was";
      throw new OxbowError("ERR_CLUSTER_LOST", message);
    }
    await this.#post([{ ...task, puts: task.puts + 1 }]);
  }

  async #takeAnswer({ task, names }: Posted, answer: Parcel): Promise<void> {
    const words = await this.#host.fromParcel(answer);
    if (this.#isOver) return;
    const branches = readAnswer(words, task.count, this.#base, names);
    for (const [index, branch] of branches.entries()) this.#take(task.first + index, branch);
    const { race, untilWritten } = this.#options;
    if (race !== true && untilWritten !== true) this.line.unite();
    if (untilWritten === true && this.line.findFirstWriter() >= 0) this.cancelRest();
  }

  /** A branch has ended (CAL2). */
  #take(index: number, { outcome, environment }: AnsweredBranch): void {
    if (this.outcomes[index] !== undefined) {
      // It was cancelled, with others of its job.
      environment?.dispose();
      return;
    }
    this.outcomes[index] = outcome;
    this.#done++;
    this.line.put(index, 1, environment);
    const isWinner = this.#options.race === true && this.winner < 0 && isResult(outcome);
    if (isWinner) this.winner = index;
    this.#options.onBranch?.(index, outcome);
    if (isWinner) this.cancelRest();
  }

  #endIfDone(): void {
    if (this.#isOver || this.#done < this.atoms.length) return;
    this.#end();
    this.#settle?.resolve();
  }

  #end(): void {
    this.#isOver = true;
    this.#host.withdraw(this.posted);
    this.#posted.clear();
  }
}

function limitsOf(options: CallOptions): Partial<LimitValues> {
  const limits: Partial<Record<keyof LimitValues, number>> = {};
  for (const name of LIMIT_NAMES) {
    const limit = options[name];
    if (limit !== undefined && Number.isFinite(limit)) limits[name] = limit;
  }
  return limits;
}

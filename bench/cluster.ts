/**
 * Suite `cluster`: what it costs to evaluate branches in other processes, by a queue on a real Redis of its own.
 *
 *   npm run bench -- cluster [overhead] [base] [coarse]
 *
 * Workers are processes (`oxbow worker`) on this machine. `empty-branch` is one of 1,000 in a batch, `bullmq-empty-job` one of
 * 1,000 jobs of BullMQ alone, with a worker that does nothing, in another process. `sent-…` are the bytes that go to the block
 * store. `coarse` is a call of 40 branches of the same recursion; what each writes is united.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Queue, QueueEvents } from "bullmq";
import { ClusterPool } from "../src/cluster/cluster-pool.js";
import { Environment } from "../src/environment/environment.js";
import { Heap } from "../src/memory/heap.js";
import { EvaluatorPool } from "../src/parallel/pool.js";
import { type Atom, expression, integer, symbol } from "../src/term/atom.js";
import { parseAtom } from "../src/term/parser.js";
import { atLeast, atMost, type Figure, figure, medianOf, ratio } from "./figure.js";
import { RedisServer } from "./redis-server.js";

const BRANCHES = 1000;
const FACTS = 1_000_000;
const CHANGED = 100;
const COARSE = 40;
const ROUNDS = 3;
const COMMAND = new URL("../src/command/oxbow.js", import.meta.url).pathname;
const EMPTY_WORKER = new URL("./cluster-empty-worker.js", import.meta.url).pathname;
const PARTS = ["overhead", "base", "coarse"] as const;

export async function run(options: readonly string[]): Promise<Figure[]> {
  const wanted = options.map((option) => option.replace(/^-+/, ""));
  const is = (part: (typeof PARTS)[number]): boolean =>
    wanted.length === 0 || wanted.includes(part);
  await using redis = await RedisServer.start();
  const figures: Figure[] = [];
  if (is("overhead")) figures.push(...(await overhead(redis)));
  if (is("base")) figures.push(...(await base(redis)));
  if (is("coarse")) figures.push(...(await coarse(redis)));
  return figures;
}

/** A process that says so on its standard error when it is ready. */
class Process implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(args: readonly string[]): Promise<Process> {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
    const made = new Process(child);
    for await (const chunk of child.stderr) if (String(chunk).includes("ready")) break;
    child.stderr.resume();
    return made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}

async function startWorker(redis: RedisServer, queue: string, cache: string): Promise<Process> {
  const args = [
    "worker",
    "--redis",
    redis.url,
    "--queue",
    queue,
    "--threads",
    "1",
    "--cache",
    cache,
  ];
  return await Process.start([COMMAND, ...args]);
}

/** Milliseconds that something takes. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function overhead(redis: RedisServer): Promise<Figure[]> {
  const cache = mkdtempSync(join(tmpdir(), "oxbow-bench-"));
  const heap = Heap.create();
  using environment = Environment.create(heap);
  await using _worker = await startWorker(redis, "overhead", cache);
  await using _empty = await Process.start([EMPTY_WORKER, redis.url, "empty"]);
  await using pool = await ClusterPool.connect({ heap, url: redis.url, queue: "overhead" });
  const connection = { url: redis.url };
  const queue = new Queue("empty", { connection });
  const events = new QueueEvents("empty", { connection });
  await events.waitUntilReady();
  const atoms = Array.from({ length: BRANCHES }, () => parseAtom("()"));
  const branches: number[] = [];
  const jobs: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const ours = await timed(async () => {
      using _answer = await pool.evaluateAll(environment, atoms);
    });
    const theirs = await timed(async () => await emptyJobs(queue, events));
    // The first round makes everything warm.
    if (round > 0) branches.push(ours / BRANCHES);
    if (round > 0) jobs.push(theirs / BRANCHES);
  }
  await Promise.all([queue.close(), events.close()]);
  rmSync(cache, { recursive: true });
  const [branch, job] = [medianOf(branches), medianOf(jobs)];
  return [
    figure("empty-branch", branch, "ms", atMost(2)),
    figure("bullmq-empty-job", job, "ms"),
    ratio("empty-branch", branch, "bullmq-empty-job", job, atMost(3)),
  ];
}

async function emptyJobs(queue: Queue, events: QueueEvents): Promise<void> {
  let ended = 0;
  const all = new Promise<void>((resolve) => {
    const count = (): void => {
      if (++ended < BRANCHES) return;
      events.off("completed", count);
      resolve();
    };
    events.on("completed", count);
  });
  const jobs = Array.from({ length: BRANCHES }, () => ({ name: "empty", data: {} }));
  await queue.addBulk(jobs.map((job) => ({ ...job, opts: { removeOnComplete: true } })));
  await all;
}

function fact(index: number): Atom {
  return expression([symbol("edge"), integer(index), integer((index * 7919) % FACTS)]);
}

async function base(redis: RedisServer): Promise<Figure[]> {
  const cache = mkdtempSync(join(tmpdir(), "oxbow-bench-"));
  const heap = Heap.create();
  using environment = Environment.create(heap);
  for (let index = 0; index < FACTS; index++) environment.add(fact(index));
  await using _worker = await startWorker(redis, "base", cache);
  await using pool = await ClusterPool.connect({ heap, url: redis.url, queue: "base" });
  const ask = [parseAtom("(match &self (edge 5 $x) $x)")];
  const call = async (): Promise<{ bytes: number; ms: number }> => {
    const before = pool.stats().bytesSent;
    const ms = await timed(async () => {
      using _answer = await pool.evaluateAll(environment, ask);
    });
    return { bytes: pool.stats().bytesSent - before, ms };
  };
  const first = await call();
  const firstCutMs = pool.stats().cutMs;
  const second = await call();
  for (let index = 0; index < CHANGED; index++) {
    // At random places, more or less.
    environment.remove(fact((index * 9973) % FACTS));
    environment.add(fact(FACTS + index));
  }
  const third = await call();
  rmSync(cache, { recursive: true });
  return [
    figure("first-call-1m", first.ms, "ms"),
    figure("first-call-1m-cut", firstCutMs, "ms"),
    figure("second-call-1m", second.ms, "ms"),
    figure("call-after-100-changes", third.ms, "ms"),
    figure("sent-first", first.bytes, "bytes"),
    figure("sent-second", second.bytes, "bytes"),
    figure("sent-after-100-changes", third.bytes, "bytes"),
    ratio("sent-second", second.bytes, "sent-first", first.bytes, atMost(0.005)),
    ratio("sent-after-100-changes", third.bytes, "sent-first", first.bytes, atMost(0.02)),
  ];
}

const FIBONACCI = [
  "(= (fib $n) (if (< $n 2) $n (+ (fib (- $n 1)) (fib (- $n 2)))))",
  "(= (branch $k) (let $f (fib 29) (add-atom &self (found $k $f))))",
];

async function coarse(redis: RedisServer): Promise<Figure[]> {
  const caches = [0, 1, 2].map(() => mkdtempSync(join(tmpdir(), "oxbow-bench-")));
  const heap = Heap.create();
  using environment = Environment.create(heap);
  for (const rule of FIBONACCI) environment.add(parseAtom(rule));
  const atoms = Array.from({ length: COARSE }, (_, k) => parseAtom(`(branch ${k})`));
  await using _alone = await startWorker(redis, "alone", caches[0]!);
  await using _first = await startWorker(redis, "both", caches[1]!);
  await using _second = await startWorker(redis, "both", caches[2]!);
  await using one = await ClusterPool.connect({ heap, url: redis.url, queue: "alone" });
  await using two = await ClusterPool.connect({ heap, url: redis.url, queue: "both" });
  await using threads = await EvaluatorPool.create(heap, { threads: 2 });
  const pools = [one, two, threads];
  const times: number[][] = pools.map(() => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, pool] of pools.entries()) {
      const ms = await timed(async () => {
        using _answer = await pool.evaluateAll(environment, atoms);
      });
      if (round > 0) times[index]!.push(ms);
    }
  }
  const unionMs = two.stats().unionMs / (ROUNDS + 1);
  for (const cache of caches) rmSync(cache, { recursive: true });
  const [alone, both, local] = times.map(medianOf) as [number, number, number];
  return [
    figure("coarse-one-worker", alone, "ms"),
    figure("coarse-two-workers", both, "ms"),
    figure("coarse-two-threads", local, "ms"),
    ratio("coarse-one-worker", alone, "coarse-two-workers", both, atLeast(1.8)),
    ratio("coarse-two-workers", both, "coarse-two-threads", local, atMost(1.25)),
    ratio("union", unionMs, "coarse-two-workers", both, atMost(0.2)),
  ];
}

// A site for tests: its evaluator understands a handful of commands, so that a test can say what a
// branch does to its environment, to its siblings' patience, and to its thread.
import { isMainThread } from "node:worker_threads";
import { environmentOn, handleOf, heapOf } from "../../dist/src/environment/environment.js";
import { handleOn } from "../../dist/src/environment/lifecycle.js";
import { SharedEnvironment } from "../../dist/src/environment/shared.js";
import { NO_LIMITS } from "../../dist/src/eval/limits/limits.js";
import { allocate } from "../../dist/src/memory/allocator.js";
import { RAW } from "../../dist/src/memory/kinds.js";
import { HEADER_WORDS } from "../../dist/src/memory/segment.js";
import { mutexAt } from "../../dist/src/memory/thread-slot.js";
import { joinInto } from "../../dist/src/parallel/join.js";
import { EXPRESSION, integer, symbol, UNIT } from "../../dist/src/term/atom.js";
import { print } from "../../dist/src/term/printer.js";
import { Vocabulary } from "../../dist/src/term/vocabulary.js";

class Interrupted extends Error {}

const commands = {
  // (add X): writes the environment.
  add(run, [atom]) {
    run.environment.add(atom);
    return [UNIT];
  },
  remove(run, [atom]) {
    run.environment.remove(atom);
    return [UNIT];
  },
  // (read): everything that the branch sees.
  read(run) {
    return [...run.environment.atoms()];
  },
  // (many N): N results.
  many(_run, [count]) {
    return Array.from({ length: count.value }, (_, index) => integer(index));
  },
  print(run, [atom]) {
    run.request.print(`${print(atom)}\n`);
    return [UNIT];
  },
  seed(run) {
    return [integer(run.request.seed)];
  },
  // (do A B …): one after the other; the results of the last.
  do(run, atoms) {
    let results = [];
    for (const atom of atoms) results = evaluate(run, atom);
    return results;
  },
  // (fork A B …): branches; their results one after the other.
  fork(run, atoms) {
    const { request } = run;
    const { outcomes, environments } = request.fork.join({
      environment: run.environment,
      atoms,
      space: request.space,
      budget: request.budget,
      limits: NO_LIMITS,
      depth: request.depth + 1,
      seed: request.nextForkSeed(),
      isInterrupted: request.isInterrupted,
    });
    joinInto(run.environment, environments);
    return outcomes.flatMap((outcome) => [...outcome.results]);
  },
  // (work MS): busy, asking whether it is interrupted now and then.
  work(run, [time]) {
    const end = performance.now() + time.value;
    while (performance.now() < end) if (run.request.isInterrupted()) throw new Interrupted();
    return [time];
  },
  // (stuck): never asks.
  stuck() {
    for (;;);
  },
  throw() {
    throw new Error("as commanded");
  },
  // (deep): exhausts the stack.
  deep(run, atoms) {
    return commands.deep(run, atoms).concat(atoms);
  },
  // (eat): exhausts V8's heap.
  eat() {
    const eaten = [];
    for (;;) eaten.push(Array.from({ length: 1000 }, () => eaten.length));
  },
  // (exit): ends the thread.
  exit() {
    process.exit(3);
  },
  // (exit-elsewhere): ends its thread, unless that is the process's own.
  "exit-elsewhere"() {
    if (isMainThread) return [symbol("here")];
    process.exit(3);
  },
  // (lose): ends the thread with a segment in hand that stands nowhere.
  lose(run) {
    allocate(heapOf(run.environment), 100, RAW);
    process.exit(3);
  },
  // (exit-naming): ends the thread while it makes a symbol.
  "exit-naming"(run) {
    const { heap, symbols } = handleOf(run.environment).store.vocabulary;
    mutexAt(heap, symbols.table + HEADER_WORDS).run(() => process.exit(3));
  },
  // (exit-updating HANDLE): ends the thread while it updates a shared environment.
  "exit-updating"(run, [handle]) {
    const heap = heapOf(run.environment);
    const number = Number(handle.value);
    const shared = SharedEnvironment.receive({ kind: "SharedEnvironment", number }, heap);
    shared.update((environment) => {
      environment.add(symbol("half"));
      process.exit(3);
    });
  },
  // (exhaust): the shared heap finds no room.
  exhaust(run) {
    heapOf(run.environment).failAllocationAt(1);
    for (let index = 0; ; index++) run.environment.add(symbol(`too-much-${index}`));
  },
};

function evaluate(run, atom) {
  if (run.request.isInterrupted()) throw new Interrupted();
  run.steps++;
  if (atom.tag !== EXPRESSION || atom.children.length === 0) return [atom];
  const command = commands[atom.children[0].name];
  return command === undefined ? [atom] : command(run, atom.children.slice(1));
}

export function createSite(heap) {
  const vocabulary = Vocabulary.of(heap);
  return {
    vocabulary,
    environmentAt: (root) => environmentOn(handleOn(heap, root)),
    evaluate(request) {
      const run = {
        request,
        steps: 0,
        environment: request.environment,
      };
      try {
        const results = evaluate(run, request.atom);
        return { results, stopped: "completed", steps: run.steps };
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        return { results: [], stopped: "aborted", steps: run.steps };
      }
    },
  };
}

// The evaluator's site with gates at which a thread may be held up for a moment: where a branch begins,
// asks whether it is interrupted, forks, has joined, and ends. Which threads are held up differs every time.
import { createSite as createPlainSite } from "../../dist/src/parallel/language-site.js";

const HELD_UP = 0.25;
const LONGEST_MS = 1.5;
const nobody = new Int32Array(new SharedArrayBuffer(4));

function gate() {
  if (Math.random() < HELD_UP) Atomics.wait(nobody, 0, 0, Math.random() * LONGEST_MS);
}

function gated(fork) {
  return {
    join(request) {
      gate();
      const joined = fork.join(request);
      gate();
      return joined;
    },
    withMutex: (name, isInterrupted, body) => fork.withMutex(name, isInterrupted, body),
  };
}

export function createSite(heap) {
  const site = createPlainSite(heap);
  return {
    ...site,
    evaluate(branch) {
      gate();
      const isInterrupted = () => {
        gate();
        return branch.isInterrupted();
      };
      const reply = site.evaluate({ ...branch, isInterrupted, fork: gated(branch.fork) });
      gate();
      return reply;
    },
  };
}

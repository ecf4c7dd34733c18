/** Streaming: the branches of a call in the order in which they end. */
import type { CallAnswer, CallOptions, OnBranch, StreamedBranch } from "./pool-call.js";

/**
 * Yields each branch of the call that `start` makes as soon as it ends; the answer is what the
 * generator returns. Leaving the loop early aborts the call.
 */
export async function* streamCall(
  start: (options: CallOptions) => Promise<CallAnswer>,
  options: CallOptions,
): AsyncGenerator<StreamedBranch, CallAnswer, undefined> {
  const ended: StreamedBranch[] = [];
  let wake: () => void = doNothing;
  const left = new AbortController();
  const signal =
    options.signal === undefined ? left.signal : AbortSignal.any([options.signal, left.signal]);
  const onBranch: OnBranch = (index, outcome) => {
    ended.push({ index, outcome });
    options.onBranch?.(index, outcome);
    wake();
  };
  let isDone = false;
  const finish = (): void => {
    isDone = true;
    wake();
  };
  const answer = start({ ...options, signal, onBranch });
  answer.then(finish, finish);
  let isHandedOver = false;
  try {
    for (;;) {
      const next = ended.shift();
      if (next !== undefined) yield next;
      else if (isDone) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    isHandedOver = true;
    return await answer;
  } finally {
    if (!isHandedOver) {
      left.abort();
      await answer.then((late) => late.dispose()).catch(() => undefined);
    }
  }
}

function doNothing(): void {}

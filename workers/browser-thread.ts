/** A pool's thread in a browser: attaches when its group tells it with what, then serves. */
import "../src/platform/browser/dispose.js";
import { expose } from "comlink";
import { attach, type WorkerSetup } from "../src/parallel/worker.js";
import { page } from "../src/platform/browser/globals.js";
import type { ThreadCalls } from "../src/platform/browser/thread-calls.js";

let attached: ReturnType<typeof attach> | undefined;

const calls: ThreadCalls = {
  async hold(lock) {
    await new Promise<void>((held) => {
      void page.navigator!.locks!.request(lock, async () => {
        held();
        await new Promise<never>(() => undefined);
      });
    });
  },

  async begin(setup, threadId) {
    attached = attach(setup as WorkerSetup, threadId);
    await attached;
  },

  /** As in Node.js: a thread that could not be attached does nothing. */
  async serve() {
    (await attached)?.serve();
  },
};

expose(calls);

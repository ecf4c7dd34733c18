/**
 * A group whose file is loaded when it is started: what only threads need, their program among it, is nothing for pages that
 * start none.
 *
 * Invariants
 *   LG1  Where the file cannot be loaded, each request to serve is broken, and a thread is told of that has ended because of it.
 */
import type { GroupOptions, GroupThread, ThreadGroup } from "../platform.js";
import { page } from "./globals.js";

export function startGroup(options: GroupOptions): ThreadGroup {
  return new LateGroup(options);
}

/** A thread that never was: no other has its number (thread-group.ts), nor has it a place in the heap. */
const NO_THREAD: GroupThread = {
  threadId: 2 ** 30 + 1,
  end: async () => undefined,
  noteAlive: () => undefined,
  hasEnded: () => true,
};

class LateGroup implements ThreadGroup {
  readonly #options: GroupOptions;
  readonly #group: Promise<ThreadGroup>;

  constructor(options: GroupOptions) {
    this.#options = options;
    this.#group = import("./thread-group.js").then((file) => file.startGroup(page, options));
    this.#group.catch(() => undefined);
  }

  async serve(): Promise<void> {
    let group: ThreadGroup;
    try {
      group = await this.#group;
    } catch (error) {
      this.#options.onStart(NO_THREAD);
      this.#options.onEnd(NO_THREAD, error); // LG1
      throw error;
    }
    await group.serve();
  }

  async close(): Promise<void> {
    await (await this.#group.catch(() => null))?.close();
  }

  async destroy(): Promise<void> {
    await (await this.#group.catch(() => null))?.destroy();
  }
}

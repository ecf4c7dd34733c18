/**
 * Locks of the host: what a program of its own lets ended threads of a pool out of.
 *
 * The engine's own locks are not among them: whoever waits for one finds out that its owner has ended.
 */

import { platform } from "../platform/current.js";

/** A lock that a thread which has ended can be let out of. */
interface RecoverableLock {
  /** @param thread the slot that it had, as `stats().threads` names it. */
  recover(thread: number): unknown;
}

export class HostLocks {
  readonly #locks = new Set<RecoverableLock>();

  /** From now on the lock is told of every thread of the pool that ends, once. */
  addLock(lock: RecoverableLock): void {
    this.#locks.add(lock);
  }

  removeLock(lock: RecoverableLock): void {
    this.#locks.delete(lock);
  }

  /** After the end of a thread. What a lock throws stops neither the others nor the process: it is a warning. */
  recover(thread: number): void {
    for (const lock of this.#locks) {
      try {
        lock.recover(thread);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const message = `cannot recover a lock of the host from thread ${thread}, which has ended: ${reason}`;
        platform.output.warn(message);
      }
    }
  }
}

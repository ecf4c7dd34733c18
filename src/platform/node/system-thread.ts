/**
 * The calling thread as the system knows it, and whether a thread of this process still exists.
 *
 * A thread of JavaScript stays on one thread of the system for its life. Linux lists the threads of a process
 * under /proc; elsewhere, and where /proc cannot be read, nothing is known, which is 0 here. Numbers are
 * given again after an end, to some thread of the system: then one that has ended seems to exist.
 * The reverse cannot be, so who is told that a thread has ended may rely on it.
 */
const TASKS = "/proc/self/task";

/** The system's number of the calling thread; 0 if it is not known. */
export function systemThread(): number {
  const files = globalThis.process?.getBuiltinModule?.("node:fs");
  if (files === undefined || process.platform !== "linux") return 0;
  try {
    return Number(/\/task\/(\d+)$/u.exec(files.readlinkSync("/proc/thread-self"))?.[1] ?? 0);
  } catch {
    // No /proc, or no permission to read it.
    return 0;
  }
}

/** Whether the thread of that number has certainly ended. `mine` is the caller's number. */
export function hasEnded(thread: number, mine: number): boolean {
  if (thread === 0 || mine === 0 || thread === mine) return false;
  return isListed(mine) && !isListed(thread);
}

function isListed(thread: number): boolean {
  try {
    const files = process.getBuiltinModule("node:fs");
    return files.statSync(`${TASKS}/${thread}`, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Not answered: what cannot be looked up counts as listed.
    return true;
  }
}

/** `threadId` of Node.js plus one; 0 where there is none. */
export function nodeThread(): number {
  const threads = globalThis.process?.getBuiltinModule?.("node:worker_threads");
  return threads === undefined ? 0 : threads.threadId + 1;
}

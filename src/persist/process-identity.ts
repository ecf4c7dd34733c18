/**
 * A process, named so that another which gets its number later is not mistaken for it: the number, and where the
 * system tells (Linux), when it began.
 */
import { readFileSync } from "node:fs";

export interface ProcessIdentity {
  readonly pid: number;
  /** In ticks of the system since it began; empty if that is not known. */
  readonly started: string;
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid) };
}

/** Whether the process is there. Where nothing is known it counts as alive. */
export function isAlive({ pid, started }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // A process of somebody else may not be asked, but is there.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const now = startOf(pid);
  return started === "" || now === "" || now === started;
}

/** The 22nd field of the process's status; the second one may have spaces in it, but is in parentheses. */
function startOf(pid: number): string {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, "latin1");
    return status.slice(status.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    // No /proc, or the process has ended: kill told which.
    return "";
  }
}

/** A worker of a cluster in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

const COMMAND = new URL("../dist/src/command/oxbow.js", import.meta.url);
const BUILT = new URL("../src/command/oxbow.js", import.meta.url);

export class WorkerProcess implements AsyncDisposable {
  /** Its id among the workers of its queue. */
  readonly id: string;
  readonly #child: ChildProcess;

  /** Starts `oxbow worker` with these arguments; it is ready then. */
  static async start(args: readonly string[]): Promise<WorkerProcess> {
    const isBuilt = import.meta.url.endsWith(".js");
    const command = (isBuilt ? BUILT : COMMAND).pathname;
    const child = spawn(process.execPath, [command, "worker", ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    for await (const chunk of child.stderr) {
      told += String(chunk);
      if (told.includes("is ready")) break;
    }
    child.stderr.resume();
    const id = /worker (\S+) is ready/.exec(told)?.[1];
    if (id === undefined) throw new Error(`the worker did not start: ${told}`);
    return new WorkerProcess(child, id);
  }

  private constructor(child: ChildProcess, id: string) {
    this.#child = child;
    this.id = id;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Ends it as if its machine were gone. */
  async kill(): Promise<void> {
    if (this.hasEnded) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

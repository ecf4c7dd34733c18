/** The inspector of a run: its page, its recording, its profile. */
import type { Environment } from "../environment/environment.js";
import { Inspector } from "../inspector/inspector.js";
import type { RunFlags } from "./flags.js";
import { formatProfile } from "./profile-text.js";
import type { Terminal } from "./terminal.js";

export class RunInspection {
  readonly inspector: Inspector;
  readonly #flags: RunFlags;
  readonly #terminal: Terminal;

  private constructor(inspector: Inspector, flags: RunFlags, terminal: Terminal) {
    this.inspector = inspector;
    this.#flags = flags;
    this.#terminal = terminal;
  }

  /** Before anything is evaluated, so that a program that does not end can be looked at. */
  static async start(flags: RunFlags, terminal: Terminal): Promise<RunInspection> {
    const { inspect, profile = false } = flags;
    const inspector = await Inspector.start({
      serves: inspect !== undefined,
      port: inspect ?? 0,
      profile,
    });
    if (inspector.address !== null) terminal.err.write(`inspector: ${inspector.address}\n`);
    return new RunInspection(inspector, flags, terminal);
  }

  /** After the programs. With a page, returns when the user has seen enough. */
  async finish(environment: Environment): Promise<void> {
    const { record, profile, inspect } = this.#flags;
    const { err } = this.#terminal;
    this.inspector.show(environment, "at the end");
    if (profile === true) {
      err.write(formatProfile(await this.inspector.profileReport(), err.colors));
    }
    if (record !== undefined) await this.inspector.record(record);
    if (inspect === undefined) return;
    err.write("the programs have ended; the inspector's page stays until Ctrl-C\n");
    await untilInterrupted();
  }

  async close(): Promise<void> {
    await this.inspector.close();
  }
}

/** Keeps the process until somebody ends it. */
export async function untilInterrupted(): Promise<void> {
  const stays = setInterval(() => undefined, 2 ** 30);
  try {
    await new Promise<void>((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
    });
  } finally {
    clearInterval(stays);
  }
}

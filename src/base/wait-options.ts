/** How long whoever waits for another thread does so. */
import { asMilliseconds, asOptions, type Checks } from "./arguments.js";

/** How long to wait for another thread. */
export interface WaitOptions {
  /** Milliseconds until it gives up; 0 does not wait, Infinity never gives up. */
  readonly timeoutMs?: number | undefined;
}

const CHECKS: Checks<WaitOptions> = { timeoutMs: asMilliseconds };

/** The time-out that was chosen. Throws ERR_INVALID_ARGUMENT. */
export function timeoutIn(act: string, options: WaitOptions | undefined): number | undefined {
  return options === undefined ? undefined : asOptions(act, options, CHECKS).timeoutMs;
}

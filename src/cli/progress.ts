/**
 * A progress bar on stderr for long loads. It appears on a terminal only, and only once the work has
 * taken {@link DELAY_MS}, so that short runs stay quiet.
 */
import type { Stream } from "./terminal.js";

const DELAY_MS = 500;
const REDRAW_MS = 100;

/** Reports the progress of a load; `total` and `done` are in the same unit (bytes, items). */
export interface Progress {
  update(done: number, total: number): void;
  /** Removes the bar. */
  stop(): void;
}

const SILENT: Progress = { update: () => undefined, stop: () => undefined };

/** A bar on `stream`, or one that shows nothing when the stream is not a terminal. */
export async function startProgress(stream: Stream, label: string): Promise<Progress> {
  if (!stream.isTerminal) return SILENT;
  const { default: cliProgress } = await import("cli-progress");
  const bar = new cliProgress.SingleBar({
    stream: stream.raw,
    format: `${label} {bar} {percentage}% · {eta_formatted} left`,
    barCompleteChar: "━",
    barIncompleteChar: "─",
    clearOnComplete: true,
    // The loader is busy between updates: the bar draws when it is updated, not by a timer.
    synchronousUpdate: true,
    fps: 1000 / REDRAW_MS,
  });
  const openedAt = performance.now();
  let drawnAt = 0;
  let started = false;
  return {
    update(done, total) {
      const now = performance.now();
      if (now - openedAt < DELAY_MS || now - drawnAt < REDRAW_MS) return;
      drawnAt = now;
      if (!started) bar.start(total, done);
      started = true;
      bar.update(done);
    },
    stop() {
      if (started) bar.stop();
    },
  };
}

/**
 * Says on a terminal that an evaluation goes on and takes more and more memory, long before the memory is full:
 * a recursion without end looks like one that is slow.
 *
 *     oxbow: evaluating for 3.2 s; memory has grown to 1.2 GiB
 *
 * One line on stderr that is drawn over itself, and taken away before anything else is written.
 */
import { formatBytes, formatDuration } from "./format.js";
import type { Stream } from "./terminal.js";

/** An evaluation that takes less than this is not spoken of. */
const QUIET_MS = 1000;
const QUIET_BYTES = 256 * 2 ** 20;
const REDRAW_MS = 250;

/** What is watched; the process's own clock and memory unless given. */
interface Gauges {
  nowMs(): number;
  memoryBytes(): number;
}

const PROCESS: Gauges = {
  nowMs: () => performance.now(),
  memoryBytes: () => process.memoryUsage.rss(),
};

export class MemoryWatch {
  readonly #stream: Stream;
  readonly #gauges: Gauges;
  #beganMs = 0;
  #beganBytes = 0;
  #lookedMs = 0;
  /** How long the line is that is shown; 0 for none. */
  #shown = 0;

  constructor(stream: Stream, gauges: Gauges = PROCESS) {
    this.#stream = stream;
    this.#gauges = gauges;
    this.begin();
  }

  /** An evaluation begins now. */
  begin(): void {
    this.hide();
    this.#beganMs = this.#gauges.nowMs();
    this.#beganBytes = this.#gauges.memoryBytes();
    this.#lookedMs = this.#beganMs;
  }

  /** To be called now and then while it goes on. */
  look(): void {
    const now = this.#gauges.nowMs();
    if (now - this.#beganMs < QUIET_MS || now - this.#lookedMs < REDRAW_MS) return;
    this.#lookedMs = now;
    const bytes = this.#gauges.memoryBytes();
    if (bytes - this.#beganBytes < QUIET_BYTES) this.hide();
    else this.#draw(now - this.#beganMs, bytes);
  }

  /** Takes the line away. */
  hide(): void {
    if (this.#shown > 0) this.#stream.write(`\r${" ".repeat(this.#shown)}\r`);
    this.#shown = 0;
  }

  #draw(durationMs: number, bytes: number): void {
    const line = `oxbow: evaluating for ${formatDuration(durationMs)}; memory has grown to ${formatBytes(bytes)}`;
    this.#stream.write(`\r${this.#stream.colors.yellow(line.padEnd(this.#shown))}`);
    this.#shown = Math.max(this.#shown, line.length);
  }
}

/** Timers as long as anybody wants: one of Node.js is over at once if it is set to more than 24 days. */

const LONGEST_MS: number = 2 ** 31 - 1;

/** Calls `action` once after `delayMs`, Infinity for never, unless what it answers is called before. */
export function after(delayMs: number, action: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const start = (leftMs: number): void => {
    if (leftMs === Number.POSITIVE_INFINITY) return;
    const isLast = leftMs <= LONGEST_MS;
    const next = isLast ? action : (): void => start(leftMs - LONGEST_MS);
    timer = setTimeout(next, Math.min(leftMs, LONGEST_MS));
  };
  start(delayMs);
  return () => clearTimeout(timer);
}

/** Is kept after `delayMs`. */
export async function delay(delayMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    after(delayMs, resolve);
  });
}

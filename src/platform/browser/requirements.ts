/** What a page must have to start threads. */
import { page } from "./globals.js";

/** How threads are named; the number is what their group knows them by. */
export const THREAD_NAME: RegExp = /^oxbow-thread-(\d+)$/;

/**
 * What the page lacks to start threads, one sentence each; empty if it can. Without threads programs run on the page's
 * own thread or on one worker, with the same results.
 */
export function missingForThreads(): readonly string[] {
  const missing: string[] = [];
  if (page.isSecureContext !== true) {
    missing.push("the page is not secure: serve it by https, or from localhost");
  }
  if (page.crossOriginIsolated !== true) {
    missing.push(
      "the page is not cross-origin isolated: serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
    );
  }
  if (page.Worker === undefined) missing.push("there are no workers here");
  if (page.navigator?.locks === undefined)
    missing.push("there are no web locks (navigator.locks) here");
  if (typeof Atomics.waitAsync !== "function") {
    missing.push("the browser has no Atomics.waitAsync");
  }
  return missing;
}

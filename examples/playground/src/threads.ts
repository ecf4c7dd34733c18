/** What the page lacks for threads: the engine knows, and is not loaded into the page itself. */

/** One sentence each; empty if threads can be started. */
export function missingForThreads(): readonly string[] {
  if (!isSecureContext) return ["the page is not secure: serve it by https, or from localhost"];
  if (!crossOriginIsolated) {
    return [
      "the page is not cross-origin isolated, as oxbow playground serves it (Cross-Origin-Opener-Policy: same-origin, Cross-Origin-Embedder-Policy: require-corp)",
    ];
  }
  return [];
}

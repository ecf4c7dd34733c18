/** What a group says to its threads, by comlink. */
export interface ThreadCalls {
  /** Takes the web lock of that name for as long as the thread lives; kept when the thread has it. */
  hold(lock: string): Promise<void>;
  /** Attaches the thread to the heap and the board of a setup (parallel/worker.ts). */
  begin(setup: object, threadId: number): Promise<void>;
  /** Serves as long as there are calls. */
  serve(): Promise<void>;
}

/**
 * What a platform gives the engine: everything that JavaScript itself has not.
 *
 *     core ── imports ──▶ current.ts ──▶ node/      Node.js: files, worker threads by piscina
 *                            ┊
 *                            └┄┄┄┄┄▶ browser/   a page or a worker of one; the build of `oxbow/browser` puts
 *                                                  this in the place of `current.ts`
 *
 * The core imports `current.ts` and nothing of `node:`; what it uses besides is there wherever JavaScript of today is.
 *
 * Invariants
 *   PL1  What fails for a reason outside of the engine (no such file, no files at all) throws an error with a `code`.
 */

export interface Platform {
  readonly files: Files;
  readonly paths: Paths;
  readonly memory: Memory;
  readonly waiting: Waiting;
  readonly threads: Threads;
  readonly output: Output;
}

/** How a file is opened. */
export interface OpenMode {
  readonly reads: boolean;
  readonly writes: boolean;
  /** Makes it if it is missing. */
  readonly creates: boolean;
  /** Writes at its end, wherever that is. */
  readonly appends: boolean;
  readonly empties: boolean;
}

export interface OpenFile {
  /** Reads into `bytes` from a position on; how many there were. */
  read(bytes: Uint8Array, position: number): number;
  /** Writes at a position, `null` for the end; how many were written. */
  write(bytes: Uint8Array, position: number | null): number;
  size(): number;
  close(): void;
}

/** Files of the host (PL1). */
export interface Files {
  readonly readText: (path: string) => string;
  /** Names of what is in a folder. */
  readonly list: (folder: string) => readonly string[];
  readonly open: (path: string, mode: OpenMode) => OpenFile;
  /** With all links followed. */
  readonly realPath: (path: string) => string;
  /** What a link says. */
  readonly linkTarget: (path: string) => string;
}

/** Paths as the host writes them. */
export interface Paths {
  readonly basename: (path: string, suffix?: string) => string;
  readonly dirname: (path: string) => string;
  readonly join: (...parts: string[]) => string;
  readonly relative: (from: string, to: string) => string;
  readonly resolve: (...parts: string[]) => string;
  readonly isAbsolute: (path: string) => boolean;
  /** What `import()` takes for an absolute path. */
  readonly toUrl: (path: string) => string;
}

/** Of the memory that JavaScript objects are in. */
interface ObjectMemory {
  readonly usedBytes: number;
  /** What it may grow to; Infinity if nobody knows. */
  readonly limitBytes: number;
}

export interface Memory {
  /** Zeroed memory, shared by threads if there can be some. Throws a RangeError if there is not as much. */
  readonly reserve: (bytes: number) => SharedArrayBuffer;
  /** How much a heap reserves unless told. */
  readonly defaultBytes: number;
  /** What the stack of any thread has at least. */
  readonly stackBytes: number;
  readonly objects: () => ObjectMemory;
  /** Collects garbage now, where that can be asked for. */
  readonly collect: () => void;
}

/** Which calls a value goes along with. */
export interface CallStorage<Value> {
  /** The value of the innermost {@link run} that the caller runs in. */
  current(): Value | undefined;
  run<Result>(value: Value, body: (value: Value) => Result): Result;
  /** Stops to cost anything until the next run. */
  rest(): void;
}

export interface Waiting {
  /** Whether this thread may sleep. */
  readonly mayBlock: () => boolean;
  /** Waits, blocking, while a word holds `expected`, until it is notified; false after `timeoutMs`. It may return early. */
  readonly wait: (words: Int32Array, index: number, expected: number, timeoutMs: number) => boolean;
  /** Gives the event loop its turn. */
  readonly turn: () => Promise<void>;
  /** Calls `action` once the event loop has turned. */
  readonly afterTurn: (action: () => void) => void;
  /** As `setTimeout`, but does not keep the process alive. Gives what calls it off. */
  readonly later: (delayMs: number, action: () => void) => () => void;
  readonly callStorage: <Value>() => CallStorage<Value>;
  /** Whether a value goes along through `await`, too. */
  readonly followsAwait: boolean;
}

/** A thread of a group. */
export interface GroupThread {
  /** What the host knows it by. */
  readonly threadId: number;
  /** Ends it at once. */
  end(): Promise<void>;
  /** To be called while it lives, before {@link hasEnded} is asked. */
  noteAlive(): void;
  /** Whether it has certainly ended: for who waits, blocking, and gets no events. */
  hasEnded(): boolean;
}

export interface GroupOptions {
  readonly threads: number;
  /** What each thread begins with; survives a structured clone, with its shared memory shared. */
  readonly setup: object;
  /** For the stack of each thread, where that can be chosen. */
  readonly stackMb: number;
  readonly resourceLimits: object | undefined;
  onStart(thread: GroupThread): void;
  /** `error` is what ended it, if something is known. Called once for each thread, after the last that it did. */
  onEnd(thread: GroupThread, error: unknown): void;
}

/** Threads that serve a board (parallel/worker.ts); one that ends is replaced. */
export interface ThreadGroup {
  /** Asks a thread that does not serve to do so; kept when it stops, broken if it ends. */
  serve(): Promise<void>;
  /** Waits until no thread serves, and takes no new requests. */
  close(): Promise<void>;
  /** Ends all threads; kept when the end of each has been told. */
  destroy(): Promise<void>;
}

interface Threads {
  /** What is missing here to start threads, one sentence each. */
  readonly missing: () => readonly string[];
  /** Throws an error with a `code` (PL1) if no thread can be started here. */
  readonly startGroup: (options: GroupOptions) => ThreadGroup;
  /** A number of the calling thread that is given again only after its end, if ever; 0 if there is none. */
  readonly systemThread: () => number;
  /** Whether the thread of that number has certainly ended; `mine` is the caller's number. */
  readonly hasEnded: (thread: number, mine: number) => boolean;
  /** What the host knows the calling thread by, plus one; 0 if there is nothing. */
  readonly hostThread: () => number;
}

export interface Output {
  /** What a program prints. */
  readonly print: (text: string) => void;
  /** What a program tells beside it. */
  readonly trace: (text: string) => void;
  /** Tells the embedder of something that went wrong where nobody waits for it. */
  readonly warn: (message: string) => void;
  /** Tells processes apart. */
  readonly processId: number;
}

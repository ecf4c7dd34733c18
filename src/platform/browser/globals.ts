/** Globals of a page and of its workers, as far as they are used: not all of them are everywhere. */

/** A dedicated worker, as its owner sees it. */
export interface PageWorker {
  terminate(): void;
  postMessage(message: unknown, transfer?: unknown[]): void;
  addEventListener(type: string, listener: (event: object) => void, options?: object): void;
  removeEventListener(type: string, listener: (event: object) => void, options?: object): void;
}

/** One end of a channel. */
interface PagePort {
  onmessage: () => void;
  postMessage(message: unknown): void;
  close(): void;
}

interface WebLocks {
  request(name: string, held: () => Promise<void>): Promise<void>;
}

export interface PageGlobals {
  /** Only in workers. */
  readonly WorkerGlobalScope?: unknown;
  /** Of a worker: what it was named. */
  readonly name?: unknown;
  readonly isSecureContext?: boolean;
  readonly crossOriginIsolated?: boolean;
  readonly navigator?: { readonly locks?: WebLocks };
  readonly location?: { readonly href: string };
  readonly MessageChannel: new () => { readonly port1: PagePort; readonly port2: PagePort };
  readonly Worker?: new (url: string, options: { type: "module"; name: string }) => PageWorker;
}

export const page: PageGlobals = globalThis as unknown as PageGlobals;

/** Whether this is a worker, which may block. */
export function isWorker(): boolean {
  return page.WorkerGlobalScope !== undefined;
}

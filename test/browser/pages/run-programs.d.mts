import type * as oxbow from "../../../dist/src/index.js";

export type How = "sync" | "async" | "threads";

export interface Program {
  readonly text: string;
  readonly maxSteps: number;
}

export interface Seen {
  readonly lines: readonly string[];
  readonly output: string;
  readonly failure: string;
  readonly atoms: string;
}

export function runPrograms(
  copy: Omit<typeof oxbow, "Store" | "snapshotOperation">,
  programs: readonly Program[],
  how: How,
): Promise<Seen[]>;

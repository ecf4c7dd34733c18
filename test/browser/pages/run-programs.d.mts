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

type Copy = Omit<typeof oxbow, "Store" | "snapshotOperation">;

export function runPrograms(copy: Copy, programs: readonly Program[], how: How): Promise<Seen[]>;

export function runExpressions(
  copy: Copy,
  base: string,
  programs: readonly string[],
  threads: number,
): Promise<{ readonly seen: readonly (readonly string[])[]; readonly working: number }>;

/** Snapshots as the command line shows and names them. */
import type { SnapshotInfo } from "../persist/store-info.js";
import { formatBytes } from "./format.js";

/** One line about a snapshot. */
export function describeSnapshot({ id, timeMs, name, bytes }: SnapshotInfo): string {
  const time = new Date(timeMs).toISOString().replace("T", " ").slice(0, 19);
  const line = `${id} · ${time} UTC · ${formatBytes(bytes)}`;
  return name === null ? line : `${line} · ${name}`;
}

/** What a command line names a snapshot by: digits are its number. */
export function choiceOf(word: string): string | number {
  return /^\d+$/.test(word) ? Number(word) : word;
}

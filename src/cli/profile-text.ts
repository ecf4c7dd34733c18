/** What the rules have cost, as text. */
import type { ProfileReport } from "../inspector/protocol.js";
import type { Colors } from "./terminal.js";

/** More are not listed. */
const MOST_ROWS = 40;
const WIDEST_RULE = 60;

/** A table, the dearest rule first. */
export function formatProfile({ rows, otherMs }: ProfileReport, colors: Colors): string {
  const total = rows.reduce((sum, { ms }) => sum + ms, 0);
  const shown = rows.slice(0, MOST_ROWS);
  const lines = shown.map(({ rule, place, calls, ms }) => [
    `${ms.toFixed(0)} ms`,
    `${total === 0 ? "–" : ((100 * ms) / total).toFixed(1)} %`,
    calls.toLocaleString("en-US"),
    brief(rule),
    place ?? "",
  ]);
  const table = [["time", "share", "calls", "rule", ""], ...lines];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...table.map((line) => line[column]!.length)),
  );
  const text = table.map(([time, share, calls, rule, place], index) => {
    const numbers = [time, share, calls].map((each, column) => each!.padStart(widths[column]!));
    const line = `${numbers.join("  ")}  ${rule!.padEnd(widths[3]!)}  ${place}`.trimEnd();
    return index === 0 ? colors.bold(line) : line;
  });
  if (rows.length > shown.length) text.push(`… and ${rows.length - shown.length} more rules`);
  text.push(
    colors.dim(
      `a rule's time is from when it is applied to when the next one is, by samples; ${otherMs.toFixed(0)} ms outside of rules`,
    ),
  );
  return `${text.join("\n")}\n`;
}

function brief(rule: string): string {
  const line = rule.replaceAll(/\s+/g, " ");
  return line.length <= WIDEST_RULE ? line : `${line.slice(0, WIDEST_RULE - 1)}…`;
}

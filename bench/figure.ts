/**
 * Figures: what a benchmark suite reports, as a table for people and as JSON for programs.
 *
 * A suite is a module `bench/<suite>.ts` that exports `async function run(): Promise<Figure[]>`.
 * A figure is a number with a unit; a ratio of two measurements of one run carries the target that
 * it must reach. The JSON file is a list of `{ name, value, unit }`, in the order of the table.
 */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: Target;
}

export type Target =
  | { readonly kind: "atMost"; readonly limit: number }
  | { readonly kind: "atLeast"; readonly limit: number };

/** The target "`limit` or less". */
export function atMost(limit: number): Target {
  return { kind: "atMost", limit };
}

/** The target "`limit` or more". */
export function atLeast(limit: number): Target {
  return { kind: "atLeast", limit };
}

/** A measurement, for example `figure("clone-10k", 71.2, "ns")`. */
export function figure(name: string, value: number, unit: string, target?: Target): Figure {
  return target === undefined ? { name, value, unit } : { name, value, unit, target };
}

/** A duration in nanoseconds. */
export function nanoseconds(name: string, value: number, target?: Target): Figure {
  return figure(name, value, "ns", target);
}

/**
 * The ratio `numerator / denominator` of two measurements of one run, named after both:
 * `ratio("clone-1m", 80, "clone-10k", 70, atMost(1.5))`.
 */
export function ratio(
  numeratorName: string,
  numerator: number,
  denominatorName: string,
  denominator: number,
  target?: Target,
): Figure {
  return figure(`${numeratorName} / ${denominatorName}`, numerator / denominator, "ratio", target);
}

/** Whether the figure reaches its target; undefined when it has none. */
export function reached(item: Figure): boolean | undefined {
  if (item.target === undefined) return undefined;
  return item.target.kind === "atMost"
    ? item.value <= item.target.limit
    : item.value >= item.target.limit;
}

/** The table that is shown to people: one line a figure, targets and marks in the last columns. */
export function formatTable(figures: readonly Figure[]): string {
  const rows = figures.map((item) => [
    item.name,
    formatValue(item.value),
    item.unit,
    formatTarget(item.target),
    formatMark(reached(item)),
  ]);
  rows.unshift(["figure", "value", "unit", "target", ""]);
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) => formatRow(row, widths)).join("\n");
}

/** The figures as the JSON file holds them. */
export function toJson(figures: readonly Figure[]): string {
  // JSON has no NaN: a figure that could not be taken is null.
  const plain = figures.map(({ name, value, unit }) => ({ name, value, unit }));
  return `${JSON.stringify(plain, null, 2)}\n`;
}

/** The middle value; the mean of the two middle values of an even count. NaN for an empty list. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  const [name = "", value = "", unit = "", target = "", mark = ""] = row;
  return [
    name.padEnd(widths[0]!),
    value.padStart(widths[1]!),
    unit.padEnd(widths[2]!),
    target.padEnd(widths[3]!),
    mark,
  ]
    .join("  ")
    .trimEnd();
}

function formatValue(value: number): string {
  if (Number.isNaN(value)) return "failed";
  if (!Number.isFinite(value)) return String(value);
  const magnitude = Math.abs(value);
  if (magnitude >= 1000) return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
  if (magnitude >= 10) return value.toFixed(1);
  if (magnitude >= 0.1 || magnitude === 0) return value.toFixed(3);
  return value.toPrecision(3);
}

function formatTarget(target: Target | undefined): string {
  if (target === undefined) return "";
  return `${target.kind === "atMost" ? "≤" : "≥"} ${target.limit}`;
}

function formatMark(mark: boolean | undefined): string {
  if (mark === undefined) return "";
  return mark ? "✓" : "✗ missed";
}

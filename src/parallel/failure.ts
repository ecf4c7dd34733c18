/** Failures of branches, as text. */

export function describe(error: unknown): string {
  if (error instanceof RangeError && error.message.includes("call stack")) return "stack exhausted";
  return error instanceof Error ? error.message : String(error);
}

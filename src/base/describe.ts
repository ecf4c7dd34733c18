/** A value that is shown in a message: text as it is, objects by what they hold, as far as that can be told. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return JSON.stringify(value) ?? Object.prototype.toString.call(value);
  } catch {
    // It refers to itself, holds a bigint, or throws when asked.
    return Object.prototype.toString.call(value);
  }
}

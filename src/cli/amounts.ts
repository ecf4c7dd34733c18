/**
 * Amounts as flags give them: durations and sizes with their unit, counts as whole numbers. What cannot be
 * read is refused with a sentence that shows what can.
 */
import { InvalidArgumentError } from "commander";

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
};
const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};
/** What limits of time and of results may be; both stand in 32-bit words where threads read them. */
const LARGEST_WORD = 2 ** 31 - 1;

/** `2s`, `500ms`, `1.5min`, `1h` → whole milliseconds, at least 1. */
export function parseDuration(text: string): number {
  const milliseconds = Math.round(withUnit(text, DURATION_UNITS));
  if (milliseconds >= 1 && milliseconds <= LARGEST_WORD) return milliseconds;
  throw new InvalidArgumentError(
    "It must be a time from 1ms to 500h, such as 500ms, 2s or 1.5min.",
  );
}

/** `512MiB`, `1.5GiB`, `64KiB`, `2GB` → bytes. */
export function parseSize(text: string): number {
  const bytes = Math.round(withUnit(text, SIZE_UNITS));
  if (bytes >= 1 && Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError("It must be a size with its unit, such as 64KiB, 512MiB or 2GB.");
}

/** `1000`, `1e6` → a whole number from 1 on. */
export function parseCount(text: string): number {
  return countUpTo(text, Number.MAX_SAFE_INTEGER);
}

/** As {@link parseCount}, no more than threads can be told. */
export function parseResultCount(text: string): number {
  return countUpTo(text, LARGEST_WORD);
}

function countUpTo(text: string, most: number): number {
  const count = /^\d+(?:e\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (count >= 1 && count <= most) return count;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
}

/** NaN if the text is not a number and one of the units. */
function withUnit(text: string, units: Readonly<Record<string, number>>): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(text) ?? [];
  return Number(number || Number.NaN) * (units[unit] ?? Number.NaN);
}

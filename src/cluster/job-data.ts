/**
 * Job: what the queue has of some consecutive branches of a call, as JSON; and the answer to one.
 *
 * Both are read from Redis, where anybody may have written: what is not exactly of this form is refused whole.
 */
import type { ErrorCode } from "../base/errors.js";
import { LIMIT_NAMES, type LimitValues } from "../eval/limits/limits.js";
import { isBlockName } from "./block.js";
import { type Identity, isIdentity } from "./identity.js";
import { isParcel, type Parcel } from "./parcel.js";
import { badData } from "./words.js";

/** Branches of one job, at most. */
const MOST_BRANCHES: number = 2 ** 16;

export interface JobData {
  readonly identity: Identity;
  /** What names the call, while it is under way. */
  readonly call: string;
  /** The name of the base's record. */
  readonly base: string;
  /** The atoms, and what `&self` is (question.ts). */
  readonly question: Parcel;
  /** How many branches, and the number of the first for its seed. */
  readonly count: number;
  readonly firstBranch: number;
  readonly seed: number;
  /** Those that are given. */
  readonly limits: Partial<LimitValues>;
}

/** What a worker gives back: the answer, what it could not find, or why it did not begin. */
export type JobReply =
  | { readonly worker: string; readonly answer: Parcel }
  | { readonly worker: string; readonly missing: readonly string[] }
  | { readonly worker: string; readonly refused: Refusal };

interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

const CALL: RegExp = /^[0-9a-f-]{8,64}$/;

const CHECKS: Record<keyof JobData, (value: unknown) => boolean> = {
  identity: isIdentity,
  call: (value) => typeof value === "string" && CALL.test(value),
  base: isBlockName,
  question: isParcel,
  count: (value) => isCount(value) && value >= 1 && value <= MOST_BRANCHES,
  firstBranch: isCount,
  seed: (value) => Number.isSafeInteger(value),
  limits: areLimits,
};

/** A job's data, if it is that. Throws `ERR_CLUSTER_DATA`. */
export function asJobData(value: unknown): JobData {
  const job = asRecord("a job", value, Object.keys(CHECKS));
  for (const [field, isRight] of Object.entries(CHECKS)) {
    if (!isRight(job[field])) throw badData("a job", `its ${field} is not one`);
  }
  return job as unknown as JobData;
}

/** A reply, if it is one. Throws `ERR_CLUSTER_DATA`. */
export function asJobReply(value: unknown): JobReply {
  const what = "the answer of a worker";
  const reply = asRecord(what, value, ["worker", "answer", "missing", "refused"]);
  const { worker, answer, missing, refused } = reply;
  if (typeof worker === "string" && Object.keys(reply).length === 2) {
    if (isParcel(answer)) return { worker, answer };
    if (Array.isArray(missing) && missing.every(isBlockName)) return { worker, missing };
    if (isRefusal(refused)) return { worker, refused };
  }
  throw badData(what, "it has not the form of one");
}

function asRecord(
  what: string,
  value: unknown,
  fields: readonly string[],
): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badData(what, "it is no record");
  }
  const stray = Object.keys(value).find((field) => !fields.includes(field));
  if (stray !== undefined) throw badData(what, `it has a field ${JSON.stringify(stray)}`);
  return value as Record<string, unknown>;
}

function isRefusal(value: unknown): value is Refusal {
  if (typeof value !== "object" || value === null) return false;
  const { code, message } = value as { code?: unknown; message?: unknown };
  return typeof code === "string" && code.startsWith("ERR_") && typeof message === "string";
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function areLimits(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).every(
    ([name, limit]) =>
      (LIMIT_NAMES as readonly string[]).includes(name) &&
      typeof limit === "number" &&
      Number.isFinite(limit) &&
      limit >= 0 &&
      (name === "maxTimeMs" || Number.isSafeInteger(limit)),
  );
}

/**
 * Identity: what a worker and a caller must have in common for a branch to mean the same to both: the layout of what
 * travels, the engine's version, and the library, by its module's text, by what it permits and by the names and types of its operations.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Permissions } from "../eval/host/permissions.js";
import type { Library } from "../eval/library/library.js";
import { packageVersion } from "../platform/node/version.js";
import { print } from "../term/printer.js";

/** Of the layouts in this folder. A change of any of them is another number. */
const FORMAT = 1;

export interface Identity {
  readonly format: number;
  readonly version: string;
  /** `standard`, or a hash of the module's text. */
  readonly library: string;
  /** A hash of what the library permits, and of the names and types of all operations. */
  readonly operations: string;
}

/** The identity of who evaluates with this library, which `module` made, if one did. */
export async function identityOf(
  library: Library,
  module: string | URL | undefined,
): Promise<Identity> {
  return {
    format: FORMAT,
    version: packageVersion(),
    library: module === undefined ? "standard" : hashOf(await readModule(module)),
    operations: hashOf(describeOperations(library)),
  };
}

/** A short text that is equal for equal identities. */
export function digestOf(identity: Identity): string {
  return hashOf(JSON.stringify(sorted(identity)));
}

/** What differs, in words; nothing if they are equal. */
export function describeDifference(mine: Identity, theirs: Identity): string[] {
  const told: Record<keyof Identity, string> = {
    format: "the layout of what travels",
    version: "the version of oxbow",
    library: "the library module",
    operations: "the library's operations",
  };
  return (Object.keys(told) as (keyof Identity)[])
    .filter((key) => mine[key] !== theirs[key])
    .map((key) => `${told[key]} (${mine[key]} here, ${theirs[key]} there)`);
}

/** Whether a value of JSON is an identity. */
export function isIdentity(value: unknown): value is Identity {
  if (typeof value !== "object" || value === null) return false;
  const { format, version, library, operations } = value as Partial<Identity>;
  const texts = [version, library, operations];
  return typeof format === "number" && texts.every((text) => typeof text === "string");
}

async function readModule(module: string | URL): Promise<string> {
  const isUrl = module instanceof URL || URL.canParse(module);
  return await readFile(isUrl ? fileURLToPath(module) : module, "utf8");
}

function describeOperations(library: Library): string {
  const entries = library.entries().map(({ name, type }) => `${name} ${print(type)}`);
  return [...permitted(library.permissions), ...entries].join("\n");
}

/** What is permitted, in a form that says the same in the same way: nothing for an empty list. */
function permitted(permissions: Permissions): string[] {
  return Object.entries(permissions)
    .filter(([, value]) => !Array.isArray(value) || value.length > 0)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .sort();
}

function sorted({ format, version, library, operations }: Identity): Identity {
  return { format, version, library, operations };
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

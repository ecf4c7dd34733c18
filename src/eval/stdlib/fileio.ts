/**
 * The module `fileio`: files of the host, where the program has permission.
 *
 * Options of `file-open!`: r read, w write, c make it if missing, a append, t empty it first.
 */

import { heapOf } from "../../environment/environment.js";
import type { OpenMode } from "../../platform/platform.js";
import {
  type Atom,
  expression,
  HOST,
  HostAtom,
  integer,
  STRING,
  string,
  symbol,
  UNIT,
} from "../../term/atom.js";
import { HostValues } from "../host/host-values.js";
import {
  impureOperation,
  type Operation,
  type OperationContext,
  OperationError,
  type OperationResult,
} from "../host/operation.js";
import { type Access, isSystemError, type Permissions, refusal } from "../host/permissions.js";
import { errorAtom } from "../language/error-atom.js";
import { isNumber } from "../primitives/numbers.js";
import { FileHandle, OpenFiles } from "./open-files.js";

function modeOf(options: string): OpenMode {
  const writes = options.includes("w") || options.includes("a");
  return {
    writes,
    reads: options.includes("r"),
    creates: options.includes("c"),
    appends: options.includes("a"),
    empties: options.includes("t"),
  };
}

function accessesOf(options: string): Access[] {
  const writes = /[wact]/.test(options);
  const reads = options.includes("r");
  return [...(reads || !writes ? ["read" as const] : []), ...(writes ? ["write" as const] : [])];
}

function open(
  permissions: Permissions,
  files: OpenFiles,
  path: string,
  options: string,
  { signal, environment }: OperationContext,
): OperationResult {
  const call = expression([symbol("file-open!"), string(path), string(options)]);
  for (const access of accessesOf(options)) {
    const refused = refusal(permissions, access, path);
    if (refused !== null) return errorAtom(call, refused);
  }
  let handle: FileHandle;
  try {
    const isKept = (file: FileHandle): boolean => HostValues.of(heapOf(environment)).has(file);
    handle = files.open(path, modeOf(options), { signal, isKept });
  } catch (error) {
    if (error instanceof OperationError) return errorAtom(call, error.message);
    if (!isSystemError(error)) throw error;
    throw new OperationError(
      `Failed to open file with provided path=${path} and options=${options}`,
    );
  }
  return new HostAtom(handle, "FileHandle");
}

function onFile(
  name: string,
  type: string,
  summary: string,
  apply: (file: FileHandle, argument: Atom | undefined) => Atom,
): Operation {
  return impureOperation(name, type, summary, ([handle, argument]) => {
    if (handle?.tag !== HOST || !(handle.value instanceof FileHandle)) {
      throw new OperationError(`${name} expects filehandle as an argument`);
    }
    try {
      return apply(handle.value, argument);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new OperationError(`${name} failed: ${error.message}`);
    }
  });
}

function countOr(atom: Atom | undefined, message: string): number {
  if (isNumber(atom) && Number(atom.value) >= 0) return Math.trunc(Number(atom.value));
  throw new OperationError(message);
}

/** The module's operations for programs with these permissions. */
export function fileOperations(permissions: Permissions): readonly Operation[] {
  const files = new OpenFiles();
  return [
    impureOperation(
      "file-open!",
      "(-> String String FileHandle)",
      "Opens the file at a path; the second argument has the options r, w, c, a, t.",
      ([path, options], context) => {
        if (path?.tag === STRING && options?.tag === STRING) {
          return open(permissions, files, path.value, options.value, context);
        }
        throw new OperationError(
          "file-open! expects filepath and options in form of string atoms as an argument",
        );
      },
    ),
    onFile("file-read-to-string!", "(-> FileHandle String)", "The rest of a file.", (file) =>
      string(file.read(Number.POSITIVE_INFINITY)),
    ),
    onFile(
      "file-write!",
      "(-> FileHandle String (->))",
      "Writes a string at the position of a file.",
      (file, content) => {
        if (content?.tag !== STRING) {
          throw new OperationError(
            "file-write! expects filehandle and content (string atom) as an arguments",
          );
        }
        file.write(content.value);
        return UNIT;
      },
    ),
    onFile(
      "file-seek!",
      "(-> FileHandle Number (->))",
      "Moves the position of a file to a byte, from 0.",
      (file, position) => {
        file.position = countOr(
          position,
          "file-seek! expects filehandle and start byte (number) as an arguments",
        );
        return UNIT;
      },
    ),
    onFile(
      "file-read-exact!",
      "(-> FileHandle Number String)",
      "The next bytes of a file, as many as the number says or as there are.",
      (file, count) =>
        string(
          file.read(
            countOr(
              count,
              "file-read-exact! expects filehandle and number of bytes to read (number) as an arguments",
            ),
          ),
        ),
    ),
    onFile("file-get-size!", "(-> FileHandle Number)", "The size of a file in bytes.", (file) =>
      integer(file.size()),
    ),
  ];
}

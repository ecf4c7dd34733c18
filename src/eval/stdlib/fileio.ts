/**
 * The module `fileio`: files of the host, where the program has permission.
 *
 * Options of `file-open!`: r read, w write, c make it if missing, a append, t empty it first.
 */
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
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
import { operation } from "../library.js";
import { errorAtom, type Operation, OperationError, type OperationResult } from "../operation.js";
import { type Access, type Permissions, refusal } from "../permissions.js";
import { isNumber } from "./arithmetic.js";

const CHUNK_BYTES = 65_536;

/** An open file and where in it the next read or write goes, in bytes. */
class FileHandle {
  readonly descriptor: number;
  readonly appends: boolean;
  position = 0;

  constructor(descriptor: number, appends: boolean) {
    this.descriptor = descriptor;
    this.appends = appends;
  }

  /** Up to `limit` bytes from the position on, as text. */
  read(limit: number): string {
    const parts: Buffer[] = [];
    for (let left = limit; left > 0; ) {
      const part = Buffer.alloc(Math.min(left, CHUNK_BYTES));
      const count = readSync(this.descriptor, part, 0, part.length, this.position);
      if (count === 0) break;
      this.position += count;
      left -= count;
      parts.push(part.subarray(0, count));
    }
    return Buffer.concat(parts).toString("utf8");
  }

  write(text: string): void {
    const bytes = Buffer.from(text, "utf8");
    let done = 0;
    while (done < bytes.length) {
      const at = this.appends ? null : this.position;
      const count = writeSync(this.descriptor, bytes, done, bytes.length - done, at);
      done += count;
      this.position += count;
    }
    if (this.appends) this.position = this.size();
  }

  size(): number {
    return fstatSync(this.descriptor).size;
  }
}

/** Closes the file of a handle that nobody holds any more. */
const files = new FinalizationRegistry<number>((descriptor) => closeSync(descriptor));

function flagsOf(options: string): number {
  const writes = options.includes("w") || options.includes("a");
  const reads = options.includes("r");
  let flags = constants.O_RDONLY;
  if (writes) flags = reads ? constants.O_RDWR : constants.O_WRONLY;
  if (options.includes("c")) flags |= constants.O_CREAT;
  if (options.includes("a")) flags |= constants.O_APPEND;
  if (options.includes("t")) flags |= constants.O_TRUNC;
  return flags;
}

function accessesOf(options: string): Access[] {
  const writes = /[wact]/.test(options);
  const reads = options.includes("r");
  return [...(reads || !writes ? ["read" as const] : []), ...(writes ? ["write" as const] : [])];
}

function open(permissions: Permissions, path: string, options: string): OperationResult {
  const call = expression([symbol("file-open!"), string(path), string(options)]);
  for (const access of accessesOf(options)) {
    const refused = refusal(permissions, access, path);
    if (refused !== null) return errorAtom(call, refused);
  }
  let descriptor: number;
  try {
    descriptor = openSync(path, flagsOf(options));
  } catch {
    throw new OperationError(
      `Failed to open file with provided path=${path} and options=${options}`,
    );
  }
  const handle = new FileHandle(descriptor, options.includes("a"));
  files.register(handle, descriptor);
  return new HostAtom(handle, "FileHandle");
}

function onFile(
  name: string,
  type: string,
  summary: string,
  apply: (file: FileHandle, argument: Atom | undefined) => Atom,
): Operation {
  return operation(name, type, summary, ([handle, argument]) => {
    if (handle?.tag !== HOST || !(handle.value instanceof FileHandle)) {
      throw new OperationError(`${name} expects filehandle as an argument`);
    }
    try {
      return apply(handle.value, argument);
    } catch (error) {
      if (error instanceof OperationError) throw error;
      throw new OperationError(`${name} failed: ${(error as Error).message}`);
    }
  });
}

function countOr(atom: Atom | undefined, message: string): number {
  if (isNumber(atom) && Number(atom.value) >= 0) return Math.trunc(Number(atom.value));
  throw new OperationError(message);
}

/** The module's operations for a program with these permissions. */
export function fileOperations(permissions: Permissions): readonly Operation[] {
  return [
    operation(
      "file-open!",
      "(-> String String FileHandle)",
      "Opens the file at a path; the second argument has the options r, w, c, a, t.",
      ([path, options]) => {
        if (path?.tag === STRING && options?.tag === STRING) {
          return open(permissions, path.value, options.value);
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

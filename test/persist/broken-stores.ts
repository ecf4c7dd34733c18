/** Stores that are broken on purpose, to see that the crashes find them. */
import { vi } from "vitest";
import { bytesOf, checksum, PAGE_BYTES } from "../../src/persist/format.js";
import { PageSpace } from "../../src/persist/page-space.js";
import { type Run, record } from "./crashes.js";
import type { Operation } from "./recording-disk.js";

export interface BrokenStore {
  readonly what: string;
  readonly record: (seed: number, steps: number) => Promise<Run>;
  readonly sectorBytes?: number;
  /** Where the search for a run that shows it begins. */
  readonly firstSeed?: number;
  readonly misread?: (files: Map<string, Uint8Array>) => void;
}

/** The same run on a disk whose operations were others. */
function rearranged(change: (operations: readonly Operation[]) => Operation[]) {
  return async (seed: number, steps: number): Promise<Run> => {
    const run = await record(seed, steps);
    return { ...run, operations: change(run.operations) };
  };
}

function isMetaWrite(operation: Operation | undefined): boolean {
  return (
    operation?.kind === "write" &&
    operation.position < 2 * PAGE_BYTES &&
    operation.bytes.length === PAGE_BYTES
  );
}

function namesOfFiles(operations: readonly Operation[]): Map<number, string> {
  return new Map(
    operations.flatMap((operation) =>
      operation.kind === "create" ? [[operation.file, operation.name] as const] : [],
    ),
  );
}

function withoutFlushes(isDropped: (name: string, next: Operation | undefined) => boolean) {
  return rearranged((operations) => {
    const names = namesOfFiles(operations);
    return operations.filter(
      (operation, index) =>
        operation.kind !== "flush" || !isDropped(names.get(operation.file)!, operations[index + 1]),
    );
  });
}

const inData = (name: string): boolean => name.startsWith("data");

/** As {@link record}, with pages given out that should not be. */
function reusing(mock: () => void) {
  return async (seed: number, steps: number): Promise<Run> => {
    mock();
    try {
      return await record(seed, steps, false);
    } finally {
      vi.restoreAllMocks();
    }
  };
}

/** A method as it is before it is replaced, to be called with `call`. */
function methodOf<Name extends "allocate" | "begin" | "release">(name: Name): PageSpace[Name] {
  return Reflect.get(PageSpace.prototype, name) as PageSpace[Name];
}

/** Pages that a snapshot gives up are written by that same snapshot. */
function overwriteInPlace(): void {
  const allocate = methodOf("allocate");
  const release = methodOf("release");
  const released: number[] = [];
  vi.spyOn(PageSpace.prototype, "release").mockImplementation(function (this: PageSpace, page, id) {
    released.push(page);
    release.call(this, page, id);
  });
  vi.spyOn(PageSpace.prototype, "allocate").mockImplementation(function (this: PageSpace, id, may) {
    return released.pop() ?? allocate.call(this, id, may);
  });
}

/** Pages that no snapshot of the newest catalogue needs but others do, are given out at once. */
function reuseTooEarly(): void {
  const begin = methodOf("begin");
  vi.spyOn(PageSpace.prototype, "begin").mockImplementation(function (this: PageSpace, _ids, may) {
    begin.call(this, [], may);
  });
}

/** What a reader does that does not look at the checksums of meta pages: to it they are always right. */
function believeMetaPages(files: Map<string, Uint8Array>): void {
  const data = files.get("data");
  for (const slot of [0, 1]) {
    const words =
      data && new Int32Array(data.slice(slot * PAGE_BYTES, slot * PAGE_BYTES + 64).buffer);
    if (words?.[0] !== 0x4f_42_58_4f) continue;
    words[14] = checksum(bytesOf(words.subarray(0, 14)));
    data!.set(bytesOf(words), slot * PAGE_BYTES);
  }
}

/** Each snapshot is reported before its meta page is flushed, each commit before its record is. */
const reportEarly = rearranged((operations) => {
  const early = [...operations];
  for (let index = 1; index < early.length; index++) {
    if (early[index]!.kind !== "mark") continue;
    let flush = index - 1;
    while (flush > 0 && early[flush]!.kind !== "flush") flush--;
    const [mark] = early.splice(index, 1);
    early.splice(flush, 0, mark!);
  }
  return early;
});

/** The log of a snapshot goes before the meta page of the next is there. */
const removeLogEarly = rearranged((operations) => {
  const early = [...operations];
  for (let index = 1; index < early.length; index++) {
    const operation = early[index]!;
    if (operation.kind !== "remove" || !operation.name.startsWith("log-")) continue;
    let meta = index - 1;
    while (meta > 0 && !isMetaWrite(early[meta])) meta--;
    early.splice(index, 1);
    early.splice(meta, 0, operation, { kind: "flushDirectory" });
    index++;
  }
  return early;
});

export const BROKEN_STORES: readonly BrokenStore[] = [
  {
    what: "no flush before the meta page",
    record: withoutFlushes((name, next) => inData(name) && isMetaWrite(next)),
  },
  {
    what: "no flush after the meta page",
    record: withoutFlushes((name, next) => inData(name) && !isMetaWrite(next)),
  },
  { what: "pages overwritten in place", record: reusing(overwriteInPlace) },
  { what: "pages used again too early", record: reusing(reuseTooEarly) },
  {
    what: "meta pages without checksums, torn within a sector",
    record,
    sectorBytes: 16,
    firstSeed: 2,
    misread: believeMetaPages,
  },
  { what: "reported before it is flushed", record: reportEarly },
  {
    what: "no flush of the log",
    record: withoutFlushes((name) => name.startsWith("log-")),
  },
  {
    what: "no flush of the directory",
    record: rearranged((operations) => operations.filter(({ kind }) => kind !== "flushDirectory")),
  },
  { what: "the old log removed before the snapshot is there", record: removeLogEarly },
];

import { describe, expect, it } from "vitest";
import { readExports } from "./exports.js";

/** What src itself does not import, with the tests that do. An entry that is imported by src again, or gone, has to go. */
const FOR_TESTS: Readonly<Record<string, string>> = {
  "src/cli/repl/editor.ts#EditorOptions": "an editor over streams that are not the terminal",
  "src/cli/terminal.ts#streamFor": "streams that end, fail and are slow",
  "src/containers/map-check.ts#checkMaps": "checked by tests: shared maps",
  "src/environment/check-packed-rows.ts#checkPackedRows": "checked by tests: packed rows",
  "src/eval/machine/machine.ts#Shortcuts": "evaluation in three ways",
  "src/memory/check-regions.ts#checkRegions": "checked by tests: regions",
  "src/memory/check-regions.ts#referencesOf": "checked by tests: regions",
  "src/memory/handle-net.ts#BATCH_HANDLES": "how many handles are collected together",
  "src/parallel/board.ts#checkIdleBoard": "checked by tests: the board",
  "src/parallel/job.ts#checkEndedJob": "checked by tests: jobs",
  "src/parallel/sharing.ts#taskSize": "how many branches a task takes, by itself",
  "src/sync/bell.ts#listenSteps": "every interleaving of the protocol",
  "src/sync/bell.ts#ringSteps": "every interleaving of the protocol",
  "src/sync/mutex.ts#lockMutexSteps": "every interleaving of the protocol",
  "src/sync/mutex.ts#recoverMutexSteps": "every interleaving of the protocol",
  "src/sync/mutex.ts#unlockMutexSteps": "every interleaving of the protocol",
  "src/sync/rwlock-protocol.ts#READERS": "every interleaving of the protocol",
  "src/sync/rwlock-protocol.ts#WAITERS": "every interleaving of the protocol",
  "src/sync/rwlock.ts#checkRwLock": "checked by tests: locks that nobody holds",
  "src/sync/step.ts#Step": "the explorer of interleavings",
  "src/sync/step.ts#WOKEN": "the explorer of interleavings",
  "src/sync/step.ts#execute": "the explorer of interleavings",
  "src/sync/taps.ts#TAP_COUNT": "more threads than there are taps",
  "src/term/check-symbols.ts#checkSymbols": "checked by tests: symbol tables",
  "src/term/sizes.ts#LARGEST_INTEGER_BITS": "where tests expect integers to end",
};

const exported = readExports();

/** The exports that no file of these folders imports. */
function unimported(folders: RegExp): string[] {
  return exported
    .filter(({ importers }) => !importers.some((file) => folders.test(file)))
    .map(({ key }) => key);
}

describe("a name that a file of src exports", () => {
  it("is imported by another file", () => {
    expect(exported.length).toBeGreaterThan(500);
    expect(unimported(/./)).toEqual([]);
  });

  it("is imported by what is built, or is there for tests by name", () => {
    const built = unimported(/^(src|workers|bench)\//).toSorted();
    expect(built).toEqual(Object.keys(FOR_TESTS).toSorted());
  });
});

import { expect, test } from "vitest";
import { Heap } from "../../src/memory/heap.js";
import { unfinishedOutcome } from "../../src/parallel/branch.js";
import { branchOutcomes } from "../../src/parallel/outcome.js";
import { packShareable } from "../../src/parallel/outcome-delivery.js";
import { symbol } from "../../src/term/atom.js";
import { hostAtom } from "../../src/term/host-atom.js";
import { Vocabulary } from "../../src/term/vocabulary.js";

const vocabulary = Vocabulary.of(Heap.create({ maxBytes: 2 ** 24 }));
const atom = symbol("a");
const outcome = { ...unfinishedOutcome(atom, "cancelled"), status: "done" as const };

test("what cannot be shared becomes a failure of its branch", () => {
  const host = hostAtom(1, { type: "Host" });
  const packed = packShareable(vocabulary, [atom], [{ ...outcome, results: [host] }]);
  expect(branchOutcomes(vocabulary, packed)[0]!.status).toBe("failed");
  packed.dispose();
});

test("a defect of the engine stays one, and is no failure of a branch", () => {
  const broken = { ...outcome, results: undefined as never };
  expect(() => packShareable(vocabulary, [atom], [broken])).toThrow(TypeError);
});

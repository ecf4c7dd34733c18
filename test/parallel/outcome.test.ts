import { expect, test } from "vitest";
import { release } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check.js";
import { Heap } from "../../src/memory/heap.js";
import {
  type BranchOutcome,
  decodeAtoms,
  decodeOutcomes,
  encodeAtoms,
  encodeOutcomes,
} from "../../src/parallel/outcome.js";
import { type Atom, HostAtom } from "../../src/term/atom.js";
import { parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";
import { Vocabulary } from "../../src/term/vocabulary.js";

function newVocabulary(): Vocabulary {
  const heap = Heap.create({ maxBytes: 2 ** 25 });
  return Vocabulary.of(heap);
}

const parsed = (text: string): Atom => parseAtom(text);
const printed = (atom: Atom): string => print(atom);

const outcome: BranchOutcome = {
  status: "stopped",
  results: ['(f $x "a string" 1.5)', "()", "123456789012345678901234567890"].map(parsed),
  output: "näive\nüber\n",
  reason: "steps",
  steps: 2 ** 45 + 7,
  timeMs: 1.5,
  startedMs: 1_700_000_000_000.25,
  segmentsCopied: 3,
  thread: 2,
};
const nothing: BranchOutcome = { ...outcome, status: "done", results: [], output: "", reason: "" };

const comparable = ({ results, ...rest }: BranchOutcome): object => ({
  ...rest,
  results: results.map(printed),
});

test("outcomes come back from the heap as they were", () => {
  const vocabulary = newVocabulary();
  const { heap } = vocabulary;
  const segment = encodeOutcomes(vocabulary, [nothing, outcome, nothing]);
  const found = decodeOutcomes(vocabulary, segment);
  expect(found.map(comparable)).toEqual([nothing, outcome, nothing].map(comparable));
  release(heap, segment);
  checkHeap(heap);
});

test("results larger than the largest size class come back", () => {
  const vocabulary = newVocabulary();
  const results = Array.from({ length: 20_000 }, (_, index) => parseAtom(`(item ${index})`));
  const segment = encodeOutcomes(vocabulary, [{ ...outcome, results }]);
  expect(decodeOutcomes(vocabulary, segment)[0]!.results.map(printed)).toEqual(
    results.map(printed),
  );
  release(vocabulary.heap, segment);
  checkHeap(vocabulary.heap);
});

test("atoms are put one behind the other and read from any of them on", () => {
  const vocabulary = newVocabulary();
  const atoms = ["a", "(b $x $x)", "3", '"s"'].map(parsed);
  const { segment, offsets } = encodeAtoms(vocabulary, atoms);
  expect(decodeAtoms(vocabulary, segment + offsets[1]!, 3).map(printed)).toEqual([
    "(b $x $x)",
    "3",
    '"s"',
  ]);
  release(vocabulary.heap, segment);
  checkHeap(vocabulary.heap);
});

test("a result that cannot be shared is refused and leaves nothing in the heap", () => {
  const vocabulary = newVocabulary();
  const results = [parseAtom("a"), new HostAtom({}, "Object")];
  const refused = expect.objectContaining({ code: "ERR_NOT_SHAREABLE" });
  expect(() => encodeOutcomes(vocabulary, [{ ...outcome, results }])).toThrow(refused);
  expect(() => encodeAtoms(vocabulary, results)).toThrow(refused);
  checkHeap(vocabulary.heap);
});

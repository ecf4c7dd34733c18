// Asks for names, and for their texts, and is idle between rounds; what it asked for in a round stays true in it.
import { setImmediate as turn } from "node:timers/promises";
import { workerData } from "node:worker_threads";
import { Heap } from "../../dist/src/memory/heap.js";
import { becomeBusy, becomeIdle } from "../../dist/src/memory/quiet.js";
import { Vocabulary } from "../../dist/src/term/vocabulary.js";

const { handle, seed, rounds } = workerData;
const heap = Heap.receive(handle);
const { symbols } = Vocabulary.of(heap);
for (let round = 0; round < rounds; round++) {
  const asked = new Map();
  for (let index = 0; index < 400; index++) {
    const name = `name-${(index * 7 + round * seed * 31) % 900}`;
    const id = symbols.idOfText(name);
    if ((asked.get(name) ?? id) !== id)
      throw new Error(`${name} had id ${asked.get(name)}, and has ${id}`);
    asked.set(name, id);
  }
  const ids = new Set(asked.values());
  if (ids.size !== asked.size) throw new Error("two names have one id");
  for (const [name, id] of asked) {
    if (symbols.textOf(id) !== name) throw new Error(`the text of ${id} is not ${name}`);
  }
  becomeIdle(heap);
  await turn();
  becomeBusy(heap);
}
heap.detach();

// One thread of the region stress test: it takes packed regions out of shared cells, reads all they
// lead to, builds regions that refer to them and puts those back. It runs the built files.
import { parentPort, workerData } from "node:worker_threads";
import { release } from "../../dist/src/memory/allocator.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { adoptPacked, createThenPack, retainPacked } from "../../dist/src/memory/packed.js";

const HEADER = 4;
const DEPTH_LIMIT = 12;
const { handle, cells, count, rounds } = workerData;
const heap = Heap.receive(handle);
const { words } = heap;
parentPort.postMessage(heap.thread);

let seed = heap.thread * 0x9e3779b9;
function random(below) {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
  return (seed >>> 8) % below;
}

/** A root object: depth, size, references, their roots, then words that follow from the size. */
function build(others) {
  return createThenPack(heap, (region) => {
    const size = 3 + others.length + 1 + (random(100) === 0 ? random(30_000) : random(40));
    const root = region.allocate(size);
    region.write(root + 1, size);
    region.write(root + 2, others.length);
    let depth = 0;
    for (let index = 0; index < others.length; index++) {
      const other = region.refer(others[index]);
      region.write(root + 3 + index, other);
      depth = Math.max(depth, words[other] + 1);
    }
    region.write(root, depth);
    for (let word = 3 + others.length; word < size; word++) {
      region.write(root + word, Math.imul(size, word));
    }
    return region.pack(root);
  });
}

/** Proves all that a root leads to. */
function prove(first) {
  const waiting = [first];
  for (let root = waiting.pop(); root !== undefined; root = waiting.pop()) {
    const size = words[root + 1];
    const references = words[root + 2];
    for (let word = 3 + references; word < size; word++) {
      if (words[root + word] !== Math.imul(size, word)) throw new Error(`changed ${root}`);
    }
    for (let index = 0; index < references && waiting.length < 100; index++) {
      waiting.push(words[root + 3 + index]);
    }
  }
}

function take() {
  const taken = Atomics.exchange(words, cells + HEADER + random(count), 0);
  return taken === 0 ? undefined : adoptPacked(heap, taken);
}

function put(address) {
  const old = Atomics.exchange(words, cells + HEADER + random(count), address);
  if (old !== 0) release(heap, old);
}

function round() {
  const others = [];
  for (let wanted = random(4); wanted > 0; wanted--) {
    const other = take();
    if (other === undefined) continue;
    prove(other.root);
    if (other.read(other.root) < DEPTH_LIMIT) others.push(other);
    else other.dispose();
  }
  const made = build(others);
  prove(made.root);
  put(retainPacked(made));
  if (others.length > 0 && random(2) === 0) put(retainPacked(others[0]));
  made.dispose();
  for (const other of others) other.dispose();
}

for (let done = 0; done < rounds; done++) round();
heap.detach();

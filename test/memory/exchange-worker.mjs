// One thread of the allocator's stress tests: it puts stamped segments into shared cells, takes what
// other threads put there, proves the stamp, and releases it. It runs the built files.
import { parentPort, workerData } from "node:worker_threads";
import { allocate, copySegment, release } from "../../dist/src/memory/allocator.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { RAW } from "../../dist/src/memory/kinds.js";
import { drop, hold } from "../../dist/src/memory/ledger.js";
import { retain, setChildren } from "../../dist/src/memory/segment.js";

const HEADER = 4;
const { handle, cells, count, rounds } = workerData;
const heap = Heap.receive(handle);
const { words } = heap;
parentPort.postMessage(heap.thread);

let seed = heap.thread * 0x9e3779b9;
function random(below) {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
  return (seed >>> 8) % below;
}

/** body: child, size, then words that follow from the size */
function stamp(segment, size, child) {
  words[segment + HEADER] = child;
  setChildren(words, segment, HEADER, 1);
  words[segment + HEADER + 1] = size;
  for (let word = HEADER + 2; word < size; word++) words[segment + word] = Math.imul(size, word);
}

function prove(segment) {
  const size = words[segment + HEADER + 1];
  for (let word = HEADER + 2; word < size; word++) {
    if (words[segment + word] !== Math.imul(size, word)) throw new Error(`torn ${segment}`);
  }
}

function make(child) {
  const size = HEADER + 2 + (random(50) === 0 ? random(20000) : random(60));
  const segment = allocate(heap, size, RAW);
  stamp(segment, size, child);
  return segment;
}

/** Takes a cell's segment, uses it in one of several ways, and puts something back. */
function round() {
  const cell = cells + HEADER + random(count);
  const taken = Atomics.exchange(words, cell, 0);
  let back = 0;
  if (taken === 0) {
    back = make(0);
  } else {
    const entry = hold(heap, taken);
    prove(taken);
    const way = random(4);
    if (way === 0) back = copySegment(heap, taken);
    else if (way === 1) {
      retain(words, taken);
      back = taken;
    } else if (way === 2 && words[taken + HEADER] === 0) {
      retain(words, taken);
      back = make(taken);
    }
    release(heap, drop(heap, entry));
  }
  if (back === 0) return;
  const other = Atomics.exchange(words, cells + HEADER + random(count), back);
  if (other !== 0) release(heap, other);
}

for (let done = 0; done < rounds; done++) round();
heap.detach();

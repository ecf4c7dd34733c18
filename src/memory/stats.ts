/** How a heap's bytes are used. Exact while no other thread works, approximate otherwise. */

import { COLLECTOR, type CollectorStats, type HeapCollector, NO_STATS } from "./collecting.js";
import { ENVIRONMENTS, forgottenHandles } from "./handle-net.js";
import { FREE_BLOCK, kindName } from "./kinds.js";
import {
  CHUNK_WORDS,
  chunkStart,
  ENTRY_BUMP,
  ENTRY_OWNER,
  ENTRY_USE,
  entryOf,
  entryOfChunk,
  FIRST_CHUNK,
  HIGH_WATER,
  type LocalHeap,
  loadSlotState,
  RUN_HEAD,
  RUN_REST,
  SLOT_LIVE,
  usedSlots,
} from "./layout.js";
import { type RegionReport, regionReport } from "./region-net.js";
import { readKind } from "./segment.js";
import { shadowReport } from "./shadow.js";
import { CLASS_WORDS } from "./size-classes.js";
import { forEachBlock, forEachRemote } from "./walk.js";

const BYTES = 4;

/** All `…Bytes` together, but `reservedBytes` and `committedBytes`, are `reservedBytes`. */
export interface HeapStats {
  /** What the heap was made with; what is not used costs nothing. */
  readonly reservedBytes: number;
  /** Bytes that were ever claimed; the system backs at most this much with memory. */
  readonly committedBytes: number;
  /** The heap's map: header words, thread slots, chunk table. */
  readonly mapBytes: number;
  /** In segments that are held. */
  readonly liveBytes: number;
  /** In segments that nobody holds and that later calls will free. */
  readonly pendingBytes: number;
  /** In blocks freed by another thread and not yet taken by their owner. */
  readonly remoteBytes: number;
  /** In free blocks, by the owner's lists. */
  readonly freeBytes: number;
  /** In claimed chunks, never carved (ends too short for a block included). */
  readonly uncarvedBytes: number;
  /** In chunks that nobody has claimed. */
  readonly unclaimedBytes: number;
  /** Segments that something refers to. */
  readonly liveSegments: number;
  /** Held segments and their bytes by kind. */
  readonly kinds: ReadonlyMap<string, { readonly segments: number; readonly bytes: number }>;
  /** Threads that are attached to it. */
  readonly threads: number;
  /** Packed regions that this thread forgot to dispose, and in debug runs those it still has. */
  readonly regions: RegionReport;
  /**
   * Environments of this thread that were collected without having been disposed; what they held was released
   * then.
   */
  readonly environments: { readonly forgottenCount: number };
  /** What this thread has collected. */
  readonly collector: CollectorStats;
  /**
   * First writes of this thread's forks that found a copy made in advance, and those of known bases that did not; copies that
   * were made, and of these what nobody used. All 0 unless the heap was made with `shadows`.
   */
  readonly shadows: {
    readonly hits: number;
    readonly misses: number;
    readonly made: number;
    readonly wasted: number;
  };
}

/** Cost: a walk over all blocks, a few nanoseconds each. */
export function statsOf(heap: LocalHeap): HeapStats {
  const { words } = heap;
  const kinds = new Map<number, KindUse>();
  const bytes = { live: 0, pending: 0, free: 0 };
  let liveSegments = 0;
  forEachBlock(words, (address, sizeWords) => {
    const size = sizeWords * BYTES;
    const kind = readKind(words, address);
    if (kind === FREE_BLOCK) bytes.free += size;
    else if (words[address] === 0) bytes.pending += size;
    else {
      bytes.live += size;
      liveSegments++;
      count(kinds, kind, size);
    }
  });
  let remote = 0;
  forEachRemote(words, (address) => {
    remote += CLASS_WORDS[words[entryOf(address) + ENTRY_USE]!]! * BYTES;
  });
  const { claimed, uncarved } = chunkUse(words);
  const map = words[FIRST_CHUNK]!;
  return {
    reservedBytes: words.length * BYTES,
    committedBytes: words[HIGH_WATER]! * CHUNK_WORDS * BYTES,
    mapBytes: map * CHUNK_WORDS * BYTES,
    liveBytes: bytes.live,
    pendingBytes: bytes.pending,
    remoteBytes: remote,
    freeBytes: bytes.free - remote,
    uncarvedBytes: uncarved * BYTES,
    unclaimedBytes: (words.length - (map + claimed) * CHUNK_WORDS) * BYTES,
    liveSegments,
    kinds: new Map([...kinds].map(([kind, use]) => [kindName(kind), use])),
    threads: attachedThreads(words),
    regions: regionReport(heap),
    environments: { forgottenCount: forgottenHandles(heap, ENVIRONMENTS) },
    collector: collectorStats(heap),
    shadows: { ...shadowReport(heap) },
  };
}

/** What this thread's collector has done. Cost: a read of each number. */
export function collectorStats(heap: LocalHeap): CollectorStats {
  return (heap.companions.get(COLLECTOR) as HeapCollector | undefined)?.stats ?? NO_STATS;
}

interface KindUse {
  segments: number;
  bytes: number;
}

function count(kinds: Map<number, KindUse>, kind: number, size: number): void {
  const use = kinds.get(kind);
  if (use === undefined) kinds.set(kind, { segments: 1, bytes: size });
  else {
    use.segments++;
    use.bytes += size;
  }
}

function chunkUse(words: Int32Array): { claimed: number; uncarved: number } {
  let claimed = 0;
  let uncarved = 0;
  for (let chunk = words[FIRST_CHUNK]!; chunk < words[HIGH_WATER]!; chunk++) {
    const entry = entryOfChunk(chunk);
    if (words[entry + ENTRY_OWNER] === 0) continue;
    claimed++;
    const use = words[entry + ENTRY_USE]!;
    if (use !== RUN_HEAD && use !== RUN_REST) {
      const start = chunkStart(entry);
      // A chunk that a thread claimed and has not come to use is carved nowhere (C4).
      uncarved += CHUNK_WORDS - (Math.max(words[entry + ENTRY_BUMP]!, start) - start);
    }
  }
  return { claimed, uncarved };
}

function attachedThreads(words: Int32Array): number {
  let threads = 0;
  for (let thread = 1; thread < usedSlots(words); thread++) {
    if (loadSlotState(words, thread) === SLOT_LIVE) threads++;
  }
  return threads;
}

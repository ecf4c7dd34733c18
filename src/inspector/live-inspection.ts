/**
 * Live inspection: what the inspector's thread knows of a running program. It reads the taps, keeps the newest events and
 * environments, and looks at the heap and at what it was handed; nobody waits for it.
 *
 * What it keeps is bounded: events (event-log.ts), the environments before the newest questions, and the newest of
 * each that is shared or was asked for. An environment that is kept keeps what it holds, and nothing more: what was written
 * since is shared with it or was copied.
 *
 *   LV1  While it does not look, its thread leaves the heap alone (quiet.ts), so those who need a quiet heap get it.
 */
import type { Address } from "../base/address.js";
import { Environment, handleOf } from "../environment/environment.js";
import { factsOf, relationsOf, searchFacts } from "../environment/fact-pages.js";
import type { SharedEnvironment } from "../environment/shared.js";
import { writesSince } from "../environment/write-summary.js";
import type { Library } from "../eval/library/library.js";
import type { Heap } from "../memory/heap.js";
import { blocksOfChunk, heapMap } from "../memory/heap-map.js";
import { CHUNK_WORDS } from "../memory/layout.js";
import { becomeBusy, becomeIdle } from "../memory/quiet.js";
import { locksOf } from "../parallel/lock-table.js";
import type { TapReader } from "../sync/taps.js";
import { Vocabulary } from "../term/vocabulary.js";
import { EventLog } from "./event-log.js";
import { ProfileSampler } from "./profile-sampler.js";
import {
  type BlockShape,
  type FactPage,
  type FactSearch,
  type HeapReport,
  type Inspection,
  type InspectionEvent,
  type LockState,
  type ProfileReport,
  RECORDING_VERSION,
  type Recording,
  type RecordingState,
  type RelationRow,
  type ShownEnvironment,
  type TreeReport,
} from "./protocol.js";
import { RulePlaces } from "./rule-places.js";
import { type Shown, ShownEnvironments } from "./shown-environments.js";
import { reportTree } from "./tree-report.js";

/** Facts of each relation, and questions with their trees, that a file gets. */
const RECORDED_FACTS = 1000;
const RECORDED_TREES = 10;
const BYTES = 4;
const WISH_ENVIRONMENT = 1;

interface AttachedHeap {
  readonly heap: Heap;
  readonly boards: Address[];
}

interface Watched {
  readonly name: string;
  readonly heap: number;
  readonly shared: SharedEnvironment;
  last: Environment;
}

/** What an environment is called that came with an event. */
function labelOf(kind: string, text = ""): string {
  if (kind === "now" || kind === "show") return kind === "now" ? "now" : text;
  return kind === "run" ? `before !${text}` : `where it forks: ${text}`;
}

type AnyMessage = Readonly<Record<string, unknown>> & { readonly kind: string };

export class LiveInspection implements Inspection {
  readonly places: RulePlaces = new RulePlaces();
  readonly #taps: TapReader;
  readonly #profiles: boolean;
  readonly #library: Library;
  readonly #startedMs = performance.timeOrigin + performance.now();
  readonly #log = new EventLog();
  readonly #sampler = new ProfileSampler();
  readonly #heaps = new Map<number, AttachedHeap>();
  readonly #shown = new ShownEnvironments();
  #watched: Watched[] = [];
  #skipped = 0;
  /** Messages with environments of heaps that this thread has not been told of yet. */
  #early: { readonly tap: number; readonly thread: number; readonly message: AnyMessage }[] = [];

  constructor(taps: TapReader, profiles: boolean, library: Library) {
    this.#taps = taps;
    this.#profiles = profiles;
    this.#library = library;
  }

  attach(number: number, heap: Heap): void {
    becomeIdle(heap);
    this.#heaps.set(number, { heap, boards: [] });
    for (const { tap, thread, message } of this.#early.splice(0)) this.#take(tap, thread, message);
  }

  addBoard(heap: number, board: Address): void {
    this.#heaps.get(heap)?.boards.push(board);
  }

  watch(name: string, heap: number, receive: (heap: Heap) => SharedEnvironment): void {
    this.#onHeap(heap, (attached) => {
      const shared = receive(attached.heap);
      const last = shared.snapshot();
      this.#watched.push({ name, heap, shared, last });
      this.#shown.add(heap, last.clone(), name, null);
    });
  }

  endWatching(name: string): void {
    for (const { heap, shared, last } of this.#watched.filter((each) => each.name === name)) {
      this.#onHeap(heap, () => {
        last.dispose();
        shared.dispose();
      });
    }
    this.#watched = this.#watched.filter((each) => each.name !== name);
  }

  /** Takes samples of what the threads do. */
  sample(): void {
    if (this.#profiles) this.#sampler.sample(this.#taps.views());
  }

  /** Has a look at what the threads have told since the last. */
  look(): void {
    for (const { index, thread } of this.#taps.views()) {
      for (const message of this.#taps.messages(index)) {
        this.#take(index, thread, message as AnyMessage);
      }
    }
    for (const watched of this.#watched) this.#lookAtShared(watched);
  }

  #take(tap: number, thread: number, message: AnyMessage): void {
    const { skipped, heap, environment, ...event } = message;
    if (typeof environment === "number" && !this.#heaps.has(heap as number)) {
      this.#early.push({ tap, thread, message });
      return;
    }
    if (typeof skipped === "number") this.#skipped += skipped;
    if (event.kind === "rule") {
      const { number, text, key } = event as unknown as Record<"text" | "key", string> & {
        readonly number: number;
      };
      this.#sampler.name(tap, number, { text, key });
      return;
    }
    if (typeof environment === "number") this.#receive(heap as number, environment, event);
    if (event.kind === "now" || event.kind === "show") return;
    this.#log.add({ ...event, thread } as unknown as InspectionEvent);
  }

  #receive(number: number, ticket: number, event: AnyMessage): void {
    const { run, text } = event as { readonly run?: number; readonly text?: string };
    const label = labelOf(event.kind, text);
    this.#onHeap(number, ({ heap }) => {
      const environment = Environment.receive({ kind: "Environment", number: ticket }, heap);
      const isRun = run !== undefined && text !== undefined;
      this.#shown.add(number, environment, label, isRun ? { run, text } : null);
    });
  }

  #lookAtShared(watched: Watched): void {
    this.#onHeap(watched.heap, () => {
      const { shared, last, name, heap } = watched;
      const now = shared.snapshot();
      if (handleOf(now).root === handleOf(last).root) {
        now.dispose();
        return;
      }
      const wrote = writesSince(handleOf(last), handleOf(now));
      last.dispose();
      watched.last = now;
      const t = performance.timeOrigin + performance.now();
      this.#log.add({ kind: "version", t, thread: 0, name, wrote });
      this.#shown.forget(({ label }) => label === name);
      this.#shown.add(heap, now.clone(), name, null);
    });
  }

  /** Busy only while it looks (LV1). */
  #onHeap<Result>(number: number, act: (attached: AttachedHeap) => Result): Result {
    const attached = this.#heaps.get(number);
    if (attached === undefined) throw new Error(`there is no heap ${number}`);
    becomeBusy(attached.heap);
    try {
      return act(attached);
    } finally {
      becomeIdle(attached.heap);
    }
  }

  state(): RecordingState {
    const untold = this.#taps.views().reduce((sum, { dropped }) => sum + dropped, this.#skipped);
    return {
      isLive: true,
      startedMs: this.#startedMs,
      kept: this.#log.length,
      dropped: this.#log.dropped,
      untold,
      profiles: this.#profiles,
    };
  }

  eventsFrom(first: number): ReturnType<Inspection["eventsFrom"]> {
    const { first: found, events } = this.#log.from(first);
    return { first: found, events: events.map((event) => this.#placed(event)) };
  }

  /** Where a question stands is found out when somebody looks. */
  #placed(event: InspectionEvent): InspectionEvent {
    const place = event.kind === "run" ? this.places.ofQuestion(event.text) : undefined;
    return place === undefined ? event : ({ ...event, place } as InspectionEvent);
  }

  /** Has a thread that evaluates hand over what it evaluates in. */
  wishForEnvironment(): void {
    this.#taps.wish(WISH_ENVIRONMENT);
  }

  environments(): readonly ShownEnvironment[] {
    return this.#shown.list();
  }

  #in<Result>(id: number, otherwise: Result, act: (shown: Shown) => Result): Result {
    const shown = this.#shown.find(id);
    return shown === undefined ? otherwise : this.#onHeap(shown.heap, () => act(shown));
  }

  relations(environment: number): readonly RelationRow[] {
    return this.#in(environment, [], (shown) => relationsOf(handleOf(shown.environment)));
  }

  facts(environment: number, relation: string, from: number, count: number): FactPage {
    return this.#in(environment, { total: 0, from, facts: [] }, (shown) =>
      factsOf(handleOf(shown.environment), relation, from, count),
    );
  }

  search(environment: number, relation: string, wanted: string): FactSearch {
    return this.#in(environment, { facts: [], looked: 0 }, (shown) =>
      searchFacts(handleOf(shown.environment), relation, wanted),
    );
  }

  heaps(): readonly HeapReport[] {
    return [...this.#heaps].map(
      ([
        heap,
        {
          heap: { words },
        },
      ]) => ({
        heap,
        chunks: heapMap(words),
        chunkWords: CHUNK_WORDS,
        reservedBytes: words.length * BYTES,
      }),
    );
  }

  blocks(heap: number, chunk: number): readonly BlockShape[] {
    const attached = this.#heaps.get(heap);
    return attached === undefined ? [] : blocksOfChunk(attached.heap.words, chunk);
  }

  locks(): readonly LockState[] {
    return [...this.#heaps.keys()].flatMap((number) =>
      this.#onHeap(number, ({ heap, boards }) => locksOf(Vocabulary.of(heap), boards)),
    );
  }

  profile(): ProfileReport {
    return this.#sampler.report(this.#taps.views(), this.places);
  }

  tree(run: number): TreeReport {
    const shown = this.#shown.before(run);
    if (shown === undefined) {
      const problem = "what was there before it is not kept any more";
      return { run, text: "", nodes: [], isComplete: false, problem };
    }
    return this.#onHeap(shown.heap, () =>
      reportTree(shown.environment, shown.question!, this.#library, this.places),
    );
  }

  recording(): Recording {
    return {
      oxbowRecording: RECORDING_VERSION,
      state: { ...this.state(), isLive: false },
      events: this.eventsFrom(0).events,
      environments: this.environments().map((shown) => ({
        ...shown,
        relations: this.relations(shown.id).map((relation) => ({
          ...relation,
          facts: this.facts(shown.id, relation.id, 0, RECORDED_FACTS).facts,
        })),
      })),
      heaps: this.heaps(),
      locks: this.locks(),
      profile: this.profile(),
      trees: this.#shown
        .runs()
        .slice(-RECORDED_TREES)
        .map((run) => this.tree(run)),
    };
  }

  /** Gives up all that it holds of the heaps. */
  close(): void {
    this.#shown.forget(() => true);
    for (const { name } of this.#watched) this.endWatching(name);
    for (const { heap } of this.#heaps.values()) {
      becomeBusy(heap);
      heap.detach();
    }
    this.#heaps.clear();
  }
}

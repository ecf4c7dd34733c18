/** What the page asks its server for, and the events that come by themselves. */
import type {
  BlockShape,
  FactPage,
  FactSearch,
  HeapReport,
  InspectionEvent,
  LockState,
  ProfileReport,
  RecordingState,
  RelationRow,
  ShownEnvironment,
  TreeReport,
} from "../../src/inspector/protocol.js";

export interface Answers {
  readonly state: RecordingState;
  readonly environments: readonly ShownEnvironment[];
  readonly relations: readonly RelationRow[];
  readonly facts: FactPage;
  readonly search: FactSearch;
  readonly heaps: readonly HeapReport[];
  readonly blocks: readonly BlockShape[];
  readonly locks: readonly LockState[];
  readonly profile: ProfileReport;
  readonly tree: TreeReport;
}

/** Asks for something; null once the program has ended and nobody answers. */
export async function ask<Name extends keyof Answers>(
  name: Name,
  query: Readonly<Record<string, string | number>> = {},
): Promise<Answers[Name] | null> {
  const entries = Object.entries(query).map(([key, value]) => [key, String(value)]);
  try {
    const response = await fetch(`api/${name}?${new URLSearchParams(entries)}`);
    return response.ok ? ((await response.json()) as Answers[Name]) : null;
  } catch {
    return null;
  }
}

type Listener = () => void;

/** All events that the page has got. */
class Events {
  readonly all: InspectionEvent[] = [];
  isConnected = false;
  #next = 0;
  readonly #listeners = new Set<Listener>();
  #isTold = false;

  start(): void {
    const source = new EventSource("api/events");
    source.onopen = () => this.#setConnected(true);
    source.onerror = () => this.#setConnected(false);
    source.onmessage = ({ data }: MessageEvent<string>) => {
      const { first, events } = JSON.parse(data) as {
        readonly first: number;
        readonly events: readonly InspectionEvent[];
      };
      // After a break the server begins again with the oldest that it has.
      const fresh = events.slice(Math.max(0, this.#next - first));
      this.#next = Math.max(this.#next, first + events.length);
      this.all.push(...fresh);
      if (fresh.length > 0) this.#tell();
    };
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #setConnected(isConnected: boolean): void {
    this.isConnected = isConnected;
    this.#tell();
  }

  /** At most once a frame. */
  #tell(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    requestAnimationFrame(() => {
      this.#isTold = false;
      for (const listener of this.#listeners) listener();
    });
  }
}

export const events = new Events();

/** The events of one kind. */
export type EventOf<Kind extends InspectionEvent["kind"]> = Extract<
  InspectionEvent,
  { readonly kind: Kind }
>;

export function eventsOf<Kind extends InspectionEvent["kind"]>(
  all: readonly InspectionEvent[],
  kind: Kind,
): EventOf<Kind>[] {
  return all.filter((event): event is EventOf<Kind> => event.kind === kind);
}

/** Recorded inspection: what a file holds that `oxbow run --record` has written. */
import { OxbowError } from "../base/errors.js";
import {
  type BlockShape,
  type FactPage,
  type FactSearch,
  type HeapReport,
  type Inspection,
  type LockState,
  type ProfileReport,
  RECORDING_VERSION,
  type Recording,
  type RecordingState,
  type RelationRow,
  type ShownEnvironment,
  type TreeReport,
} from "./protocol.js";

export class RecordedInspection implements Inspection {
  readonly #recording: Recording;

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  /** Of a file's text. Throws ERR_FILE for something else than a recording of this version. */
  static parse(text: string, file: string): RecordedInspection {
    const recording = parsed(text) as Partial<Recording> | null;
    const version = recording?.oxbowRecording;
    if (version === RECORDING_VERSION) return new RecordedInspection(recording as Recording);
    const why =
      typeof version === "number"
        ? `it is a recording of version ${version}, and this is one for ${RECORDING_VERSION}`
        : "it is no recording; oxbow run --record FILE writes one";
    throw new OxbowError("ERR_FILE", `cannot inspect ${file}: ${why}`, { path: file });
  }

  state(): RecordingState {
    return this.#recording.state;
  }

  eventsFrom(first: number): ReturnType<Inspection["eventsFrom"]> {
    return { first, events: this.#recording.events.slice(first) };
  }

  environments(): readonly ShownEnvironment[] {
    return this.#recording.environments.map(({ relations: _relations, ...shown }) => shown);
  }

  relations(environment: number): readonly RelationRow[] {
    return this.#relationsOf(environment).map(({ facts: _facts, ...relation }) => relation);
  }

  #relationsOf(environment: number): Recording["environments"][number]["relations"] {
    return this.#recording.environments.find(({ id }) => id === environment)?.relations ?? [];
  }

  #factsOf(environment: number, relation: string): readonly string[] {
    return this.#relationsOf(environment).find(({ id }) => id === relation)?.facts ?? [];
  }

  /** Of the facts that were recorded, which are the first. */
  facts(environment: number, relation: string, from: number, count: number): FactPage {
    const facts = this.#factsOf(environment, relation);
    return { total: facts.length, from, facts: facts.slice(from, from + count) };
  }

  search(environment: number, relation: string, wanted: string): FactSearch {
    const facts = this.#factsOf(environment, relation);
    const found = facts
      .map((text, place) => ({ text, place }))
      .filter(({ text }) => text.includes(wanted));
    return { facts: found, looked: facts.length };
  }

  heaps(): readonly HeapReport[] {
    return this.#recording.heaps;
  }

  /** Blocks are not recorded. */
  blocks(): readonly BlockShape[] {
    return [];
  }

  locks(): readonly LockState[] {
    return this.#recording.locks;
  }

  profile(): ProfileReport {
    return this.#recording.profile;
  }

  tree(run: number): TreeReport {
    const found = this.#recording.trees.find((tree) => tree.run === run);
    const problem = "it is not in the recording, which has the trees of the last questions";
    return found ?? { run, text: "", nodes: [], isComplete: false, problem };
  }

  recording(): Recording {
    return this.#recording;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

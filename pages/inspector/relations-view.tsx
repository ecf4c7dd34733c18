/** The relations of an environment, and the facts of one of them, page by page. */
import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import type { FactSearch, RelationRow, ShownEnvironment } from "../../src/inspector/protocol.js";
import { useAnswer, useRows } from "./hooks.js";
import { Empty, Share } from "./parts.js";
import { ask } from "./server.js";
import { brief, count, plural } from "./text.js";

const PAGE = 200;
const ROW_HEIGHT = 24;
/** Pages of facts that are kept. */
const MOST_PAGES = 100;
/** Elements cannot be higher than that many rows in every browser. */
const MOST_ROWS = 600_000;

export function RelationsView() {
  const environments = useAnswer("environments", 1000) ?? [];
  const [wanted, setWanted] = useState<number | null>(null);
  const environment = environments.find(({ id }) => id === wanted) ?? environments.at(-1) ?? null;
  const [relation, setRelation] = useState<string | null>(null);
  const relations = useAnswer("relations", 0, { environment: environment?.id ?? 0 }) ?? [];
  const chosen = relations.find(({ id }) => id === relation) ?? null;
  if (environment === null) {
    return <Empty>No environment has been shown yet. One that is evaluated in appears here.</Empty>;
  }
  return (
    <div class="split left">
      <section class="list-panel" aria-label="Relations">
        <EnvironmentChoice
          environments={environments}
          chosen={environment.id}
          isFollowing={wanted === null}
          choose={setWanted}
        />
        <RelationList relations={relations} chosen={relation} choose={setRelation} />
      </section>
      <section class="facts-panel" aria-label="Facts">
        {chosen === null ? (
          <Empty>Choose a relation to see what is in it.</Empty>
        ) : (
          <Facts key={chosen.id} environment={environment.id} relation={chosen} />
        )}
      </section>
    </div>
  );
}

function EnvironmentChoice({
  environments,
  chosen,
  isFollowing,
  choose,
}: {
  readonly environments: readonly ShownEnvironment[];
  readonly chosen: number;
  readonly isFollowing: boolean;
  readonly choose: (id: number | null) => void;
}) {
  return (
    <label class="field">
      Environment
      <select
        value={isFollowing ? "newest" : String(chosen)}
        onChange={({ currentTarget: { value } }) =>
          choose(value === "newest" ? null : Number(value))
        }
      >
        <option value="newest">the newest</option>
        {environments.toReversed().map(({ id, label, t, atoms }) => (
          <option key={id} value={String(id)}>
            {new Date(t).toLocaleTimeString("en-GB")} · {brief(label, 44)} · {count(atoms)}
          </option>
        ))}
      </select>
    </label>
  );
}

function RelationList({
  relations,
  chosen,
  choose,
}: {
  readonly relations: readonly RelationRow[];
  readonly chosen: string | null;
  readonly choose: (id: string) => void;
}) {
  const most = Math.max(1, ...relations.map(({ atoms }) => atoms));
  const sorted = relations.toSorted((one, other) => other.atoms - one.atoms);
  return (
    <ul class="choices">
      {sorted.map(({ id, name, space, atoms, indexes }) => (
        <li key={id}>
          <button type="button" aria-pressed={id === chosen} onClick={() => choose(id)}>
            <code>{name}</code>
            {space !== "&self" && <span class="muted"> in {space}</span>}
            <Share share={atoms / most} text={count(atoms)} />
            <span class="muted small">
              {indexes.length === 0
                ? "no index yet"
                : indexes.map(({ index, entries }) => `${index}: ${count(entries)}`).join(" · ")}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Pages of facts, asked for as they come into sight. */
class Pages {
  #known = new Map<number, readonly string[] | null>();
  /** Those of the environment before, which show until the new ones are there. */
  #old: ReadonlyMap<number, readonly string[] | null> = new Map();
  #environment = -1;
  readonly #relation: string;
  readonly #redraw: () => void;

  constructor(relation: string, redraw: () => void) {
    this.#relation = relation;
    this.#redraw = redraw;
  }

  /** Undefined while it is on its way. */
  at(environment: number, place: number): string | undefined {
    if (environment !== this.#environment) {
      this.#environment = environment;
      this.#old = this.#known;
      this.#known = new Map();
    }
    const page = Math.floor(place / PAGE);
    const facts = this.#known.get(page);
    if (facts === undefined) void this.#load(page);
    return (facts ?? this.#old.get(page))?.[place - page * PAGE];
  }

  async #load(page: number): Promise<void> {
    const environment = this.#environment;
    this.#known.set(page, null);
    const query = { environment, relation: this.#relation, from: page * PAGE, count: PAGE };
    const found = await ask("facts", query);
    if (environment !== this.#environment) return;
    this.#known.delete(page);
    if (found !== null) this.#known.set(page, found.facts);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_PAGES && oldest !== undefined) this.#known.delete(oldest);
    this.#redraw();
  }
}

function Facts({
  environment,
  relation,
}: {
  readonly environment: number;
  readonly relation: RelationRow;
}) {
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);
  const pages = useRef<Pages | null>(null);
  pages.current ??= new Pages(relation.id, () => redraw(0));
  const [wanted, setWanted] = useState("");
  const [found, setFound] = useState<FactSearch | null>(null);
  const [first, setFirst] = useState(0);
  useEffect(() => {
    if (wanted === "") {
      setFound(null);
      return;
    }
    const timer = setTimeout(
      () => void ask("search", { environment, relation: relation.id, wanted }).then(setFound),
      200,
    );
    return () => clearTimeout(timer);
  }, [wanted]);
  const total = found === null ? relation.atoms : found.facts.length;
  const rest = total - first;
  const { scroller, rows, height } = useRows(Math.min(MOST_ROWS, rest), ROW_HEIGHT);
  const goTo = (place: number): void => {
    setFirst(Math.max(0, Math.min(total - 1, place)));
    scroller.current?.scrollTo(0, 0);
  };
  return (
    <>
      <div class="toolbar">
        <h2>
          <code>{relation.name}</code> <span class="muted">{plural(relation.atoms, "atom")}</span>
        </h2>
        <label class="field inline">
          Find
          <input
            type="search"
            value={wanted}
            onInput={({ currentTarget }) => {
              setFirst(0);
              setWanted(currentTarget.value);
            }}
          />
        </label>
        <label class="field inline">
          From
          <input
            type="number"
            min={0}
            max={Math.max(0, total - 1)}
            value={first}
            onChange={({ currentTarget }) => goTo(Number(currentTarget.value))}
          />
        </label>
      </div>
      {found !== null && (
        <p class="note" role="status">
          {plural(found.facts.length, "atom")} found
          {found.looked < relation.atoms &&
            ` among the first ${count(found.looked)} of ${count(relation.atoms)}`}
        </p>
      )}
      <div
        class="scroller"
        ref={scroller}
        tabIndex={0}
        role="region"
        aria-label={`Facts of ${relation.name}`}
      >
        <div class="sheet" style={{ height: `${height}px` }}>
          {rows.map(({ index, start }) => {
            const place = first + index;
            const fact = found === null ? undefined : found.facts[place];
            const text = found === null ? pages.current!.at(environment, place) : fact?.text;
            return (
              <div key={index} class="fact" style={{ transform: `translateY(${start}px)` }}>
                <span class="place">{count(fact?.place ?? place)}</span>
                <code>{text ?? "…"}</code>
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}

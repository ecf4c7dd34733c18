/** The reductions of a question as a tree: what each expression became, by which rules, and what it gave. */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { TreeNode, TreeReport } from "../../src/inspector/protocol.js";
import { useEvents, useRows } from "./hooks.js";
import { Empty } from "./parts.js";
import { ask, eventsOf } from "./server.js";
import { brief, count, duration, plural, shortPlace } from "./text.js";

const ROW_HEIGHT = 24;
/** Questions that are listed: the newest. */
const MOST_RUNS = 200;
const INDENT = 18;

export function ReductionsView() {
  const events = useEvents();
  const [run, setRun] = useState<number | null>(null);
  const runs = eventsOf(events, "run").slice(-MOST_RUNS).toReversed();
  const ran = new Map(eventsOf(events, "ran").map((each) => [each.run, each]));
  if (runs.length === 0) {
    return (
      <Empty>
        No question was evaluated by itself yet. With <code>--threads</code> questions are evaluated
        ahead, as branches, of which no reductions are kept.
      </Empty>
    );
  }
  return (
    <div class="split left">
      <section class="list-panel" aria-label="Questions">
        <ul class="choices">
          {runs.map((each) => (
            <li key={each.run}>
              <button
                type="button"
                aria-pressed={each.run === run}
                onClick={() => setRun(each.run)}
              >
                <code>!{brief(each.text, 60)}</code>
                <span class="muted small">
                  {[
                    ran.has(each.run) ? duration(ran.get(each.run)!.ms) : "under way",
                    each.place === undefined ? "" : shortPlace(each.place),
                  ]
                    .filter((text) => text !== "")
                    .join(" · ")}
                </span>
              </button>
            </li>
          ))}
        </ul>
      </section>
      <section class="facts-panel" aria-label="Reductions">
        {run === null ? (
          <Empty>
            Choose a question: it is evaluated again, on what there was before it, and its
            reductions are shown.
          </Empty>
        ) : (
          <Tree key={run} run={run} />
        )}
      </section>
    </div>
  );
}

function Tree({ run }: { readonly run: number }) {
  const [report, setReport] = useState<TreeReport | null>(null);
  useEffect(() => {
    void ask("tree", { run }).then(setReport);
  }, [run]);
  if (report === null) return <Empty>It is evaluated again …</Empty>;
  if (report.problem !== undefined) return <Empty>There is no tree: {report.problem}.</Empty>;
  return <TreeRows report={report} />;
}

/** Which nodes have parts, and which are open. */
function useTree(nodes: readonly TreeNode[]) {
  const hasParts = useMemo(() => {
    const found = new Set<number>();
    for (const { parent } of nodes) found.add(parent);
    return found;
  }, [nodes]);
  const [open, setOpen] = useState<ReadonlySet<number>>(() => firstOpen(nodes));
  const visible = useMemo(() => {
    const shown: number[] = [];
    const isShown = new Uint8Array(nodes.length);
    for (const [index, { parent }] of nodes.entries()) {
      if (parent >= 0 && (isShown[parent] === 0 || !open.has(parent))) continue;
      isShown[index] = 1;
      shown.push(index);
    }
    return shown;
  }, [nodes, open]);
  return { hasParts, open, setOpen, visible };
}

/** Down to some depth, as far as that is not too much. */
function firstOpen(nodes: readonly TreeNode[]): ReadonlySet<number> {
  const open = new Set<number>();
  for (const [index, { depth }] of nodes.entries()) if (depth < 3) open.add(index);
  return open;
}

function TreeRows({ report }: { readonly report: TreeReport }) {
  const { nodes } = report;
  const { hasParts, open, setOpen, visible } = useTree(nodes);
  const [wanted, setWanted] = useState("");
  const [at, setAt] = useState(0);
  const [found, setFound] = useState<number | null>(null);
  const { scroller, rows, height, scrollTo } = useRows(visible.length, ROW_HEIGHT);
  const toggle = (index: number): void => {
    const next = new Set(open);
    if (!next.delete(index)) next.add(index);
    setOpen(next);
  };
  const matches = useMemo(
    () =>
      wanted === ""
        ? []
        : nodes.flatMap(({ text }, index) => (text.includes(wanted) ? [index] : [])),
    [nodes, wanted],
  );
  useEffect(() => {
    if (found === null) return;
    const place = visible.indexOf(found);
    if (place >= 0) {
      setAt(place);
      scrollTo(place);
    }
  }, [found, visible.length]);
  /** Opens the way to the next match, and shows it. */
  const findNext = (): void => {
    const next = matches.find((index) => index > (found ?? -1)) ?? matches[0];
    if (next === undefined) return;
    const opened = new Set(open);
    for (let up = nodes[next]!.parent; up >= 0; up = nodes[up]!.parent) opened.add(up);
    setOpen(opened);
    setFound(next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const index = visible[at]!;
    const isOpen = open.has(index);
    const keys: Record<string, () => void> = {
      ArrowDown: () => setAt(Math.min(visible.length - 1, at + 1)),
      ArrowUp: () => setAt(Math.max(0, at - 1)),
      Home: () => setAt(0),
      End: () => setAt(visible.length - 1),
      ArrowRight: () =>
        hasParts.has(index) && !isOpen
          ? toggle(index)
          : setAt(Math.min(visible.length - 1, at + 1)),
      ArrowLeft: () => {
        if (hasParts.has(index) && isOpen) toggle(index);
        else setAt(Math.max(0, visible.indexOf(nodes[index]!.parent)));
      },
      Enter: () => hasParts.has(index) && toggle(index),
    };
    const act = keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
    scrollTo(at);
  };
  return (
    <>
      <div class="toolbar">
        <h2>
          {plural(nodes.length, "step")}
          {!report.isComplete && <span class="muted"> · the rest was left out</span>}
        </h2>
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault();
            findNext();
          }}
        >
          <label class="field inline">
            Find
            <input
              type="search"
              value={wanted}
              onInput={({ currentTarget }) => {
                setWanted(currentTarget.value);
                setFound(null);
              }}
            />
          </label>
          <button type="submit" disabled={matches.length === 0}>
            next of {count(matches.length)}
          </button>
        </form>
      </div>
      <div
        class="scroller"
        ref={scroller}
        tabIndex={0}
        role="tree"
        aria-label={`Reductions of ${report.text}`}
        aria-activedescendant={`step-${visible[at] ?? 0}`}
        onKeyDown={onKeyDown}
      >
        <div class="sheet" role="presentation" style={{ height: `${height}px` }}>
          {rows.map(({ index: place, start }) => {
            const index = visible[place]!;
            const node = nodes[index]!;
            const isOpen = open.has(index);
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it has the keys.
              // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus, and names this.
              <div
                key={index}
                id={`step-${index}`}
                class={`step ${node.kind}${place === at ? " current" : ""}${index === found ? " found" : ""}`}
                style={{
                  transform: `translateY(${start}px)`,
                  paddingLeft: `${8 + node.depth * INDENT}px`,
                }}
                role="treeitem"
                aria-level={node.depth + 1}
                aria-selected={place === at}
                {...(hasParts.has(index) ? { "aria-expanded": isOpen } : {})}
                onClick={() => {
                  setAt(place);
                  if (hasParts.has(index)) toggle(index);
                }}
              >
                <span class="twist" aria-hidden="true">
                  {hasParts.has(index) ? (isOpen ? "▾" : "▸") : signOf(node.kind)}
                </span>
                <code>{node.text}</code>
                {node.places.length > 0 && (
                  <span class="places" title={node.places.join("\n")}>
                    {node.places.map(shortPlace).join(", ")}
                  </span>
                )}
                {node.ms >= 0.05 && <span class="muted small">{duration(node.ms)}</span>}
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}

function signOf(kind: TreeNode["kind"]): string {
  if (kind === "gives") return "→";
  return kind === "becomes" ? "⇒" : "·";
}

/** Forks and unions as a graph, and what each of them wrote. */
import { select } from "d3-selection";
import { type ZoomBehavior, zoom, zoomIdentity } from "d3-zoom";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { WriteSummary } from "../../src/inspector/protocol.js";
import { drawForks, type GraphNode, NODE_HEIGHT, NODE_WIDTH } from "./fork-graph.js";
import { useEvents } from "./hooks.js";
import { Empty } from "./parts.js";
import { count, plural } from "./text.js";

export function ForksView() {
  const events = useEvents();
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [selected, setSelected] = useState<string | null>(null);
  const length = events.length;
  const drawing = useMemo(() => drawForks(events, opened), [length, opened]);
  const chosen = drawing.nodes.find(({ node }) => node.id === selected)?.node ?? null;
  const choose = (node: GraphNode): void => {
    if (node.more !== undefined) setOpened(new Set([...opened, node.more]));
    else setSelected(node.id);
  };
  if (drawing.nodes.length === 0) {
    return <Empty>Nothing has been asked, forked or united yet.</Empty>;
  }
  return (
    <div class="split">
      <section class="canvas-panel" aria-label="Graph of forks and unions">
        <GraphDrawing drawing={drawing} selected={selected} choose={choose} />
        {drawing.left > 0 && <p class="note">{plural(drawing.left, "older question")} not drawn</p>}
      </section>
      <aside class="details" aria-label="What was chosen" aria-live="polite">
        {chosen === null ? (
          <p class="hint">
            Choose a node to see what it wrote. Drag to move, scroll to zoom; with the keyboard, Tab
            goes from node to node and Enter chooses.
          </p>
        ) : (
          <NodeDetails node={chosen} />
        )}
      </aside>
    </div>
  );
}

function GraphDrawing({
  drawing,
  selected,
  choose,
}: {
  readonly drawing: ReturnType<typeof drawForks>;
  readonly selected: string | null;
  readonly choose: (node: GraphNode) => void;
}) {
  const svg = useRef<SVGSVGElement>(null);
  const content = useRef<SVGGElement>(null);
  const zooming = useRef<ZoomBehavior<SVGSVGElement, unknown> | null>(null);
  const hasMoved = useRef(false);
  useEffect(() => {
    const behavior = zoom<SVGSVGElement, unknown>()
      .scaleExtent([0.15, 2])
      .on("zoom", ({ transform, sourceEvent }) => {
        if (sourceEvent !== null) hasMoved.current = true;
        content.current?.setAttribute("transform", String(transform));
      });
    zooming.current = behavior;
    select(svg.current!).call(behavior);
  }, []);
  // The newest is at the bottom: it stays in sight until somebody looks elsewhere.
  useEffect(() => {
    if (hasMoved.current || svg.current === null) return;
    const { width, height } = svg.current.getBoundingClientRect();
    const scale = Math.max(0.6, Math.min(1, width / drawing.width));
    const x = (width - drawing.width * scale) / 2;
    const y = Math.min(0, height - drawing.height * scale);
    zooming.current!.transform(select(svg.current), zoomIdentity.translate(x, y).scale(scale));
  }, [drawing]);
  /** A node that gets the focus by the keyboard comes into sight. */
  const show = (x: number, y: number): void => {
    if (svg.current?.matches(":hover")) return;
    zooming.current!.translateTo(select(svg.current!), x, y);
  };
  return (
    <svg ref={svg} class="graph">
      <title>Forks and unions, the oldest first</title>
      <defs>
        <marker
          id="arrow"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path d="M0,0.5 L7.5,4 L0,7.5 z" class="arrow" />
        </marker>
      </defs>
      <g ref={content}>
        {drawing.edges.map(({ id, path }) => (
          <path key={id} d={path} class="edge" marker-end="url(#arrow)" />
        ))}
        {drawing.nodes.map(({ node, x, y }) => (
          <g
            key={node.id}
            class={`node ${node.kind}${node.isBad ? " bad" : ""}${node.id === selected ? " selected" : ""}`}
            transform={`translate(${x - NODE_WIDTH / 2},${y - NODE_HEIGHT / 2})`}
            role="button"
            tabIndex={0}
            aria-pressed={node.id === selected}
            onClick={() => choose(node)}
            onFocus={() => show(x, y)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" && event.key !== " ") return;
              event.preventDefault();
              choose(node);
            }}
          >
            <rect
              width={NODE_WIDTH}
              height={NODE_HEIGHT}
              rx={node.kind === "fork" || node.kind === "union" ? 25 : 7}
            />
            <title>{node.text}</title>
            <text x={14} y={21} class="title">
              {node.title}
            </text>
            <text x={14} y={38} class="subtitle">
              {node.subtitle}
            </text>
          </g>
        ))}
      </g>
    </svg>
  );
}

function NodeDetails({ node }: { readonly node: GraphNode }) {
  return (
    <>
      <h2>{node.kind}</h2>
      <pre class="atom">{node.text}</pre>
      <dl>
        {node.details.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {node.wrote !== null && <Writes wrote={node.wrote} />}
    </>
  );
}

function Writes({ wrote }: { readonly wrote: WriteSummary }) {
  return (
    <>
      <h3>
        Wrote <span class="added">+{count(wrote.added)}</span>{" "}
        <span class="removed">−{count(wrote.removed)}</span>
      </h3>
      {wrote.relations.map(({ relation, added, removed, addedFirst, removedFirst }) => (
        <details key={relation} open={wrote.relations.length < 4}>
          <summary>
            <code>{relation}</code> <span class="added">+{count(added)}</span>{" "}
            <span class="removed">−{count(removed)}</span>
          </summary>
          <ul class="samples">
            {addedFirst.map((text, index) => (
              <li key={`+${index}`} class="added">
                + {text}
              </li>
            ))}
            {removedFirst.map((text, index) => (
              <li key={`-${index}`} class="removed">
                − {text}
              </li>
            ))}
          </ul>
        </details>
      ))}
    </>
  );
}

/** The graph of what a program forked and united: its nodes and edges, from events, and where they are drawn. */
import { Graph, layout } from "@dagrejs/dagre";
import type { InspectionEvent, WriteSummary } from "../../src/inspector/protocol.js";
import { type EventOf, eventsOf } from "./server.js";
import { brief, count, duration, plural } from "./text.js";

export interface GraphNode {
  readonly id: string;
  readonly kind: "question" | "fork" | "branch" | "more" | "union" | "version";
  readonly title: string;
  readonly subtitle: string;
  /** In full, for who asks. */
  readonly text: string;
  readonly details: readonly (readonly [string, string])[];
  readonly wrote: WriteSummary | null;
  readonly isBad: boolean;
  /** The fork whose further branches it stands for. */
  readonly more?: string;
}

interface Placed {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
}

export interface ForkDrawing {
  readonly nodes: readonly Placed[];
  readonly edges: readonly { readonly id: string; readonly path: string }[];
  readonly width: number;
  readonly height: number;
  /** Questions, calls and versions that are older than those that are drawn. */
  readonly left: number;
}

export const NODE_WIDTH = 216;
export const NODE_HEIGHT = 50;
/** Questions, calls and versions that are drawn: the newest. */
const MOST_TOPS = 24;
const FEW_BRANCHES = 6;
const MANY_BRANCHES = 100;
const SHOWN_TITLE = 25;

type Fork = EventOf<"fork">;
type Branch = EventOf<"branch">;

function writesText(wrote: WriteSummary | null): string {
  if (wrote === null) return "";
  const parts = [];
  if (wrote.added > 0) parts.push(`+${count(wrote.added)}`);
  if (wrote.removed > 0) parts.push(`−${count(wrote.removed)}`);
  return parts.join(" ");
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" · ");
}

/** Draws the newest of what has happened; forks in `opened` with more of their branches. */
export function drawForks(
  events: readonly InspectionEvent[],
  opened: ReadonlySet<string>,
): ForkDrawing {
  const builder = new Builder(events, opened);
  const tops = builder.tops();
  builder.add(tops.slice(-MOST_TOPS));
  return builder.draw(Math.max(0, tops.length - MOST_TOPS));
}

/** What stands by itself: in the order of time. */
type Top =
  | { readonly kind: "run"; readonly run: EventOf<"run">; readonly forks: readonly Fork[] }
  | { readonly kind: "fork"; readonly fork: Fork }
  | { readonly kind: "version"; readonly version: EventOf<"version"> };

class Builder {
  readonly #events: readonly InspectionEvent[];
  readonly #opened: ReadonlySet<string>;
  readonly #graph = new Graph();
  readonly #nodes = new Map<string, GraphNode>();
  readonly #forks: readonly Fork[];
  readonly #ran: ReadonlyMap<number, EventOf<"ran">>;
  readonly #joins: readonly EventOf<"join">[];
  readonly #branches = new Map<Fork, Branch[]>();
  readonly #byBranch = new Map<number, Fork[]>();

  constructor(events: readonly InspectionEvent[], opened: ReadonlySet<string>) {
    this.#events = events;
    this.#opened = opened;
    this.#graph.setGraph({ rankdir: "TB", nodesep: 18, ranksep: 34, marginx: 20, marginy: 20 });
    this.#graph.setDefaultEdgeLabel(() => ({}));
    this.#forks = eventsOf(events, "fork");
    this.#joins = eventsOf(events, "join");
    this.#ran = new Map(eventsOf(events, "ran").map((ran) => [ran.run, ran]));
    this.#collectBranches();
  }

  #collectBranches(): void {
    const bySeed = new Map<number, Fork[]>();
    for (const fork of this.#forks) {
      bySeed.set(fork.seed, [...(bySeed.get(fork.seed) ?? []), fork]);
      if (fork.parent === null) continue;
      this.#byBranch.set(fork.parent, [...(this.#byBranch.get(fork.parent) ?? []), fork]);
    }
    for (const branch of eventsOf(this.#events, "branch")) {
      // Clocks of threads differ by a little.
      const fork = bySeed.get(branch.fork)?.findLast(({ t }) => t <= branch.t + 2);
      if (fork === undefined) continue;
      const branches = this.#branches.get(fork) ?? [];
      branches.push(branch);
      this.#branches.set(fork, branches);
    }
  }

  tops(): Top[] {
    const runs = eventsOf(this.#events, "run").map((run) => ({
      run,
      end: run.t + (this.#ran.get(run.run)?.ms ?? Number.POSITIVE_INFINITY),
      forks: [] as Fork[],
    }));
    const tops: Top[] = [];
    for (const fork of this.#forks) {
      if (fork.parent !== null) continue;
      const owner = runs.findLast(({ run, end }) => run.t <= fork.t && fork.t <= end);
      if (owner === undefined) tops.push({ kind: "fork", fork });
      else owner.forks.push(fork);
    }
    for (const { run, forks } of runs) tops.push({ kind: "run", run, forks });
    for (const version of eventsOf(this.#events, "version")) {
      tops.push({ kind: "version", version });
    }
    return tops.toSorted((one, other) => timeOf(one) - timeOf(other));
  }

  add(tops: readonly Top[]): void {
    const last = new Map<string, string>();
    for (const top of tops) {
      // Versions of each name follow each other, and so do questions and calls.
      const line = top.kind === "version" ? `version ${top.version.name}` : "main";
      const [first, end] = this.#top(top);
      const before = last.get(line);
      if (before !== undefined) this.#edge(before, first);
      last.set(line, end);
    }
  }

  #top(top: Top): readonly [string, string] {
    if (top.kind === "version") return this.#version(top.version);
    if (top.kind === "fork") return this.#fork(top.fork);
    const { run, forks } = top;
    const id = this.#question(run);
    let end = id;
    for (const fork of forks) {
      const [first, last] = this.#fork(fork);
      this.#edge(end, first);
      end = last;
    }
    return [id, end];
  }

  #question(run: EventOf<"run">): string {
    const ran = this.#ran.get(run.run);
    return this.#node({
      id: `run ${run.run}`,
      kind: "question",
      title: brief(`!${run.text}`, SHOWN_TITLE),
      subtitle: joined(
        ran === undefined ? "under way" : duration(ran.ms),
        writesText(ran?.wrote ?? null),
      ),
      text: `!${run.text}`,
      details: [
        ["place", run.place ?? "not known"],
        ["ended", ran?.stopped ?? "not yet"],
        ["steps", ran === undefined ? "–" : count(ran.steps)],
        ["results", ran === undefined ? "–" : resultsText(ran)],
      ],
      wrote: ran?.wrote ?? null,
      isBad: ran !== undefined && ran.stopped !== "completed" && ran.stopped !== "maxResults",
    });
  }

  #version(version: EventOf<"version">): readonly [string, string] {
    const id = this.#node({
      id: `version ${version.name} ${version.t}`,
      kind: "version",
      title: brief(version.name, SHOWN_TITLE),
      subtitle: writesText(version.wrote),
      text: version.name,
      details: [["seen at", new Date(version.t).toLocaleTimeString("en-GB")]],
      wrote: version.wrote,
      isBad: false,
    });
    return [id, id];
  }

  /** The first and the last node of a fork. */
  #fork(fork: Fork): readonly [string, string] {
    const key = `fork ${fork.seed} ${fork.t} ${fork.first}`;
    const begin = this.#node({
      id: key,
      kind: "fork",
      title: fork.how === "ahead" ? "evaluates ahead" : fork.how,
      subtitle: plural(fork.count, "branch"),
      text: `${fork.how} of ${plural(fork.count, "branch")}, the first ${fork.text}`,
      details: [
        ["thread", String(fork.thread)],
        ["inside of forks", String(fork.depth)],
      ],
      wrote: null,
      isBad: false,
    });
    const join = this.#joins.find(({ seed, t }) => seed === fork.seed && Math.abs(t - fork.t) < 1);
    const branches = (this.#branches.get(fork) ?? []).toSorted((a, b) => a.index - b.index);
    const end = this.#node({
      id: `${key} end`,
      kind: "union",
      title: join === undefined ? "not united yet" : "union",
      subtitle: joined(join === undefined ? "under way" : duration(join.ms), sumText(branches)),
      text: "the union of what the branches wrote",
      details: [["branches told of", `${branches.length} of ${count(fork.count)}`]],
      wrote: null,
      isBad: false,
    });
    const most = this.#opened.has(key) ? MANY_BRANCHES : FEW_BRANCHES;
    for (const branch of branches.slice(0, most)) this.#branch(branch, begin, end);
    const rest = branches.slice(most);
    if (rest.length > 0) this.#more(key, rest, begin, end);
    if (branches.length === 0) this.#edge(begin, end);
    return [begin, end];
  }

  #branch(branch: Branch, begin: string, end: string): void {
    const { seed, index, text, status, ms, thread, steps, results, segmentsCopied, wrote } = branch;
    const id = this.#node({
      id: `branch ${seed} ${branch.t}`,
      kind: "branch",
      title: brief(text, SHOWN_TITLE),
      subtitle: joined(`thread ${thread}`, duration(ms), writesText(wrote)),
      text,
      details: [
        ["branch", count(index)],
        ["ended", status],
        ["steps", count(steps)],
        ["results", count(results)],
        ["segments copied", count(segmentsCopied)],
      ],
      wrote,
      isBad: status === "failed" || status === "lost",
    });
    this.#edge(begin, id);
    let last = id;
    const until = branch.t + ms + 2;
    for (const inner of this.#byBranch.get(seed) ?? []) {
      if (inner.t < branch.t - 2 || inner.t > until) continue;
      const [first, innerEnd] = this.#fork(inner);
      this.#edge(last, first);
      last = innerEnd;
    }
    this.#edge(last, end);
  }

  #more(key: string, rest: readonly Branch[], begin: string, end: string): void {
    const id = this.#node({
      id: `${key} more`,
      kind: "more",
      title: `${count(rest.length)} more branches`,
      subtitle: sumText(rest),
      text: `${count(rest.length)} more branches`,
      details: [],
      wrote: null,
      isBad: false,
      more: key,
    });
    this.#edge(begin, id);
    this.#edge(id, end);
  }

  #node(node: GraphNode): string {
    this.#nodes.set(node.id, node);
    this.#graph.setNode(node.id, { width: NODE_WIDTH, height: NODE_HEIGHT });
    return node.id;
  }

  #edge(from: string, to: string): void {
    this.#graph.setEdge(from, to);
  }

  draw(left: number): ForkDrawing {
    if (this.#nodes.size === 0) return { nodes: [], edges: [], width: 0, height: 0, left };
    layout(this.#graph);
    const nodes = [...this.#nodes.values()].map((node) => {
      const { x, y } = this.#graph.node(node.id) as { x: number; y: number };
      return { node, x, y };
    });
    const edges = this.#graph.edges().map((edge) => {
      const { points } = this.#graph.edge(edge) as { points: { x: number; y: number }[] };
      return { id: `${edge.v} → ${edge.w}`, path: curve(points) };
    });
    const { width = 0, height = 0 } = this.#graph.graph() as { width?: number; height?: number };
    return { nodes, edges, width, height, left };
  }
}

function timeOf(top: Top): number {
  if (top.kind === "run") return top.run.t;
  return top.kind === "fork" ? top.fork.t : top.version.t;
}

function resultsText({ results, resultCount }: EventOf<"ran">): string {
  if (resultCount === 0) return "none";
  const more = resultCount > results.length ? ` … ${count(resultCount)} in all` : "";
  return results.join(", ") + more;
}

function sumText(branches: readonly Branch[]): string {
  const added = branches.reduce((sum, { wrote }) => sum + (wrote?.added ?? 0), 0);
  const removed = branches.reduce((sum, { wrote }) => sum + (wrote?.removed ?? 0), 0);
  return writesText({ added, removed, relations: [] });
}

/** A smooth line through points. */
function curve(points: readonly { readonly x: number; readonly y: number }[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  let path = `M${first.x},${first.y}`;
  let before = first;
  for (const point of rest) {
    const middle = (before.y + point.y) / 2;
    path += `C${before.x},${middle} ${point.x},${middle} ${point.x},${point.y}`;
    before = point;
  }
  return path;
}

/** Tree report: the reductions of a question, as a list of nodes, each behind its parent, with the rules' places. */
import type { Environment } from "../environment/environment.js";
import {
  type Reduction,
  type ReductionTree,
  traceReductions,
} from "../eval/evaluator/reduction-tree.js";
import type { Library } from "../eval/library/library.js";
import { tokensIn } from "../eval/settings/words.js";
import type { Atom } from "../term/atom.js";
import { parseAtom } from "../term/parser.js";
import { print } from "../term/printer.js";
import type { TreeNode, TreeReport } from "./protocol.js";
import type { RulePlaces } from "./rule-places.js";

/** More than anyone will read. */
const MOST_REDUCTIONS = 5000;
const LONGEST_MS = 3000;
const LONGEST_TEXT = 400;

interface Question {
  readonly run: number;
  readonly text: string;
}

/**
 * Evaluates a question again, on a clone of what there was before it, and reports how. It prints nothing, reads no
 * files, and ends after a while.
 */
export function reportTree(
  before: Environment,
  { run, text }: Question,
  library: Library,
  places: RulePlaces,
): TreeReport {
  using environment = before.clone();
  try {
    const atom = parseAtom(text, { tokens: tokensIn({ environment, space: null, library }) });
    const tree = traceReductions(environment, atom, {
      library,
      host: { print: () => undefined, trace: () => undefined, random: Math.random },
      maxReductions: MOST_REDUCTIONS,
      limits: { maxTimeMs: LONGEST_MS },
    });
    return { run, text, nodes: nodesOf(tree, places), isComplete: tree.isComplete };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { run, text, nodes: [], isComplete: false, problem };
  }
}

function nodesOf({ root }: ReductionTree, places: RulePlaces): TreeNode[] {
  const nodes: TreeNode[] = [];
  const add = (parent: number, kind: TreeNode["kind"], atom: Atom, ms: number): number => {
    const depth = parent < 0 ? 0 : nodes[parent]!.depth + 1;
    const found = kind === "gives" ? [] : places.ofCall(atom);
    return nodes.push({ parent, depth, kind, text: textOf(atom), places: found, ms }) - 1;
  };
  const open: { readonly reduction: Reduction; readonly at: number; next: number }[] = [
    { reduction: root, at: add(-1, "call", root.atom, root.ms), next: 0 },
  ];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const step = top.reduction.steps[top.next++];
    if (step === undefined) open.pop();
    else if (step.kind === "part") {
      const { reduction } = step;
      open.push({ reduction, at: add(top.at, "call", reduction.atom, reduction.ms), next: 0 });
    } else add(top.at, step.kind, step.atom, 0);
  }
  return nodes;
}

function textOf(atom: Atom): string {
  const text = print(atom);
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1)}…`;
}

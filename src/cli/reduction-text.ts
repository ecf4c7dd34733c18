/**
 * Reductions as text: the whole tree (`--explain`), and the path to an error (`--trace`).
 */
import type { Reduction, ReductionTree } from "../eval/evaluator/reduction-tree.js";
import { type Atom, EXPRESSION, SYMBOL } from "../term/atom.js";
import { equal } from "../term/equal.js";
import { parse } from "../term/parser.js";
import { positionAt } from "../term/position.js";
import { print } from "../term/printer.js";
import { renameFresh } from "../term/resolve.js";
import { Trail } from "../term/trail.js";
import { unify } from "../term/unify.js";
import { isErrorResult } from "./result-lines.js";
import type { Colors } from "./terminal.js";

const MAXIMUM_WIDTH = 160;
/** On a long path to an error: how many of the calls nearest to it are shown, and how many of the outermost. */
const SHOWN_INNER = 10;
const SHOWN_OUTER = 5;

/** The tree, one line per step, parts indented; parts that are their own value are omitted. */
export function formatReductions({ root, isComplete }: ReductionTree, colors: Colors): string {
  const lines = [brief(root.atom)];
  const open = [{ reduction: root, next: 0 }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const step = top.reduction.steps[top.next++];
    if (step === undefined) {
      open.pop();
      continue;
    }
    const indent = colors.dim("│ ".repeat(open.length));
    if (step.kind === "becomes") lines.push(`${indent}${colors.dim("=")} ${brief(step.atom)}`);
    if (step.kind === "gives") lines.push(`${indent}${colors.green("→")} ${brief(step.atom)}`);
    if (step.kind !== "part") continue;
    const { atom, steps } = step.reduction;
    const value = steps.length === 1 && steps[0]!.kind === "gives" ? steps[0]!.atom : undefined;
    if (value === undefined) {
      lines.push(`${indent}${brief(atom)}`);
      open.push({ reduction: step.reduction, next: 0 });
    } else if (!equal(atom, value)) {
      lines.push(`${indent}${brief(atom)} ${colors.green("→")} ${brief(value)}`);
    }
  }
  if (!isComplete) lines.push(colors.yellow("… the rest is omitted"));
  return lines.map((line) => `${line}\n`).join("");
}

function brief(atom: Atom): string {
  const text = print(atom);
  return text.length <= MAXIMUM_WIDTH ? text : `${text.slice(0, MAXIMUM_WIDTH - 1)}…`;
}

/**
 * The expressions from the root to where the first error arose, that one last: each reduction on the path,
 * followed by what replaced it, down to the part that failed. Empty if there is no error.
 */
export function pathToError({ root }: ReductionTree): readonly Atom[] {
  const path: Atom[] = [];
  for (let next: Reduction | undefined = root; next !== undefined && givesError(next); ) {
    path.push(next.atom);
    let part: Reduction | undefined;
    for (const step of next.steps) {
      if (step.kind === "gives" && isErrorResult(step.atom)) break;
      if (step.kind === "becomes" && !isErrorResult(step.atom)) path.push(step.atom);
      if (step.kind === "part" && givesError(step.reduction)) {
        part = step.reduction;
        break;
      }
    }
    next = part;
  }
  return path;
}

function givesError(reduction: Reduction): boolean {
  return reduction.steps.some((step) => step.kind === "gives" && isErrorResult(step.atom));
}

/** The source positions of the rules of a program. */
export class RulePositions {
  readonly #rules = new Map<string, { readonly left: Atom; readonly place: string }[]>();

  /** Adds the rules of a text, which must parse. */
  addText(text: string, file: string): void {
    for (const { atom, evaluate, offset } of parse(text)) {
      if (evaluate || atom.tag !== EXPRESSION) continue;
      const [head, left] = atom.children;
      const name = left === undefined ? undefined : headOf(left);
      if (head?.tag !== SYMBOL || head.name !== "=" || name === undefined) continue;
      const { line, column } = positionAt(text, offset);
      const known = this.#rules.get(name) ?? [];
      known.push({ left: left!, place: `${file}:${line}:${column}` });
      this.#rules.set(name, known);
    }
  }

  /** The positions of the rules that may reduce the call. */
  of(call: Atom): readonly string[] {
    const rules = this.#rules.get(headOf(call) ?? "") ?? [];
    return rules.filter(({ left }) => unifies(left, call)).map(({ place }) => place);
  }
}

function headOf(atom: Atom): string | undefined {
  if (atom.tag === SYMBOL) return atom.name;
  const head = atom.tag === EXPRESSION ? atom.children[0] : undefined;
  return head?.tag === SYMBOL ? head.name : undefined;
}

function unifies(left: Atom, right: Atom): boolean {
  return unify(renameFresh(left), renameFresh(right), new Trail());
}

/**
 * The path to an error, innermost first: where it arose, and the calls of rules that led there with the
 * positions of these rules.
 */
export function formatErrorPath(
  path: readonly Atom[],
  positions: RulePositions,
  colors: Colors,
): string {
  const lines = path.toReversed().flatMap((atom, index) => {
    const places = positions.of(atom);
    if (index > 0 && places.length === 0) return [];
    const where = places.length === 0 ? "" : colors.dim(`  ${places.join(", ")}`);
    return [`    in ${brief(atom)}${where}\n`];
  });
  const surplus = lines.length - SHOWN_INNER - SHOWN_OUTER;
  if (surplus > 1) lines.splice(SHOWN_INNER, surplus, `    … ${surplus} more\n`);
  return lines.join("");
}

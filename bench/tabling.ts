/**
 * Tables beside SWI-Prolog's: a path over 2,000 edges in a row and in a circle, from one node and between all, by
 * left-recursive rules and by right-recursive ones. Each is a whole process; what is compared is CPU time with the
 * engine's own start-up and the loading of the edges taken off. Without `swipl` Oxbow is measured alone.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { atMost, type Figure, figure, medianOf, ratio } from "./figure.js";
import { type Engine, runEngine } from "./process.js";

const EDGES = 2000;
const OXBOW: Engine = {
  name: "oxbow",
  command: `node ${resolve("dist/src/command/oxbow.js")} run FILE`,
};
const PROLOG: Engine = { name: "swipl", command: "swipl -g halt FILE" };

const SHAPES = ["chain", "cycle"] as const;
type Shape = (typeof SHAPES)[number];

interface Question {
  readonly name: string;
  /** What begins the path, and how the recursive rule goes. */
  readonly from: "one" | "all";
  readonly recursion: "left" | "right";
}

const QUESTIONS: readonly Question[] = [
  { name: "bound left", from: "one", recursion: "left" },
  { name: "bound right", from: "one", recursion: "right" },
  { name: "free left", from: "all", recursion: "left" },
];

/** The figures, of as many rounds each; files are written to the folder. */
export function tabling(folder: string, rounds: number): Figure[] {
  const engines = [OXBOW, ...(hasProlog() ? [PROLOG] : [])];
  if (engines.length === 1) console.error("tabling: no swipl here, so Oxbow is measured alone");
  return SHAPES.flatMap((shape) =>
    QUESTIONS.flatMap((question) => {
      const name = `tabling ${shape} ${question.name}`;
      const costs = engines.map((engine) => costOf(engine, shape, question, folder, rounds));
      const figures = engines.map((each, index) =>
        figure(`${name} ${each.name}`, costs[index]!, "ms"),
      );
      const [own, other] = costs;
      if (other === undefined) return figures;
      // The shortest question is over before anything of it is compiled.
      const target = question.name === "bound left" ? undefined : atMost(3);
      return [...figures, ratio(`${name} oxbow`, own!, PROLOG.name, other, target)];
    }),
  );
}

function hasProlog(): boolean {
  return spawnSync("swipl", ["--version"]).error === undefined;
}

/** NaN if the engine finds something else. */
function costOf(
  engine: Engine,
  shape: Shape,
  question: Question,
  folder: string,
  rounds: number,
): number {
  const text = engine === OXBOW ? mettaOf(shape, question) : prologOf(shape, question);
  const without = join(folder, "without");
  const whole = join(folder, "whole");
  writeFileSync(without, text.definitions);
  writeFileSync(whole, text.definitions + text.ask);
  const runs = Array.from({ length: rounds }, () => ({
    base: runEngine(engine, without).cpuMs,
    asked: runEngine(engine, whole),
  }));
  const wanted = `${pathCount(shape, question)}`;
  if (!runs.every(({ asked }) => asked.output.includes(wanted))) return Number.NaN;
  return Math.max(1, medianOf(runs.map(({ base, asked }) => asked.cpuMs - base)));
}

function pathCount(shape: Shape, { from }: Question): number {
  if (from === "one") return EDGES;
  return shape === "cycle" ? EDGES * EDGES : (EDGES * (EDGES + 1)) / 2;
}

function edgesOf(shape: Shape): readonly (readonly [from: number, to: number])[] {
  return Array.from({ length: EDGES }, (_, from) => {
    return [from, shape === "cycle" ? (from + 1) % EDGES : from + 1] as const;
  });
}

interface Text {
  readonly definitions: string;
  readonly ask: string;
}

function mettaOf(shape: Shape, { from, recursion }: Question): Text {
  const step =
    recursion === "left"
      ? "(= (path $x $y) (let True (path $x $z) (match &self (edge $z $y) True)))"
      : "(= (path $x $y) (match &self (edge $x $z) (path $z $y)))";
  const facts = edgesOf(shape).map(([one, other]) => `(edge ${one} ${other})`);
  const rules = `(= (path $x $y) (match &self (edge $x $y) True))\n${step}\n!(tabled (path $x $y))`;
  const call = from === "one" ? "(path 0 $y)" : "(path $x $y)";
  return {
    definitions: `${facts.join("\n")}\n${rules}\n`,
    ask: `!(let $all (collapse ${call}) (size-atom $all))\n`,
  };
}

function prologOf(shape: Shape, { from, recursion }: Question): Text {
  const step = recursion === "left" ? "path(X, Z), edge(Z, Y)" : "edge(X, Z), path(Z, Y)";
  const facts = edgesOf(shape).map(([one, other]) => `edge(${one}, ${other}).`);
  const rules = `:- table path/2.\npath(X, Y) :- edge(X, Y).\npath(X, Y) :- ${step}.`;
  const call = from === "one" ? "path(0, _)" : "path(_, _)";
  return {
    definitions: `${facts.join("\n")}\n${rules}\n`,
    ask: `:- aggregate_all(count, ${call}, Count), print(Count), nl.\n`,
  };
}

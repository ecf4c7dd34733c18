import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Environment } from "../../dist/src/environment/environment.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { runProgram, runProgramSync } from "../../dist/src/parallel/language-evaluator.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import type { RunSummary } from "../../dist/src/parallel/run-program.js";
import { print } from "../../dist/src/term/printer.js";

const FILES = {
  "rivers.metta": "(into Inn Danube) (= (mouth $x) (match &self (into $x $y) $y))",
  "maps/alps.metta": "!(import! &self self:valleys) (= (alps) (valley))",
  "maps/valleys.metta": "(= (valley) Engadine)",
  "more.metta": "(= (more) one) !(+ 1 2)",
};

const heap = Heap.create({ maxBytes: 2 ** 26 });
let environment: Environment;
let pool: EvaluatorPool;
beforeAll(async () => {
  pool = await EvaluatorPool.create(heap, { threads: 2 });
});
beforeEach(() => {
  environment = Environment.create(heap);
  return () => environment.dispose();
});
afterAll(async () => await pool.close());

function shown({ outcomes }: RunSummary): string[] {
  return outcomes.map(({ results }) => results.map((each) => print(each)).join(" "));
}

function run(text: string, files: Readonly<Record<string, string>>, folder = "/nowhere"): string[] {
  return shown(runProgramSync(environment, text, { files, folder }));
}

describe("files that the host gives a program", () => {
  test("are imported without a permission, though no such file is there", () => {
    expect(run("!(import! &self rivers) !(mouth Inn)", FILES)).toEqual(["()", "Danube"]);
  });

  test("are included, and found by their paths", () => {
    expect(run('!(include "more.metta") !(more) !(include "./more.metta")', FILES)).toEqual([
      "3",
      "one",
      "3",
    ]);
  });

  test("import what stands beside them", () => {
    expect(run("!(import! &self maps:alps) !(alps)", FILES)).toEqual(["()", "Engadine"]);
  });

  test("stay with the environment and its clones, and are not those of others", () => {
    run("", FILES);
    using clone = environment.clone();
    using other = Environment.create(heap);
    const question = "!(import! &self rivers) !(mouth Inn)";
    expect(shown(runProgramSync(clone, question))).toEqual(["()", "Danube"]);
    expect(shown(runProgramSync(environment, question))).toEqual(["()", "Danube"]);
    expect(() => runProgramSync(other, question, { folder: "/nowhere" })).toThrow(
      "Failed to resolve module rivers",
    );
  });

  test("take the place of those under the same path", () => {
    run("", FILES);
    expect(run('!(include "more.metta")', { "more.metta": "!(+ 2 2)" })).toEqual(["4"]);
  });

  test("do not hide that others are missing", () => {
    expect(() => run("!(import! &self lakes)", FILES)).toThrow("Failed to resolve module lakes");
  });

  test("are there on every thread", async () => {
    const text = "!(hyperpose ((let $x (import! &self rivers) (mouth Inn)) (include more)))";
    const options = { files: FILES, folder: "/nowhere", pool };
    expect(shown(await runProgram(environment, text, options))).toEqual(["Danube 3"]);
  });

  test("are refused as a whole if one of them is no text", () => {
    const files = { "a.metta": "(a)", "b.metta": 1 } as unknown as Record<string, string>;
    expect(() => runProgramSync(environment, "(c)", { files })).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_ARGUMENT" }),
    );
    expect(environment.count).toBe(0);
  });
});

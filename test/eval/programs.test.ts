import { expect, test } from "vitest";
import { expectedResults, programFiles } from "../whole-programs.js";
import { run } from "./run.js";

test.each(programFiles().map((program) => [program.name, program] as const))(
  "%s gives the results in its first lines",
  { timeout: 120_000 },
  (_name, program) => {
    expect(run(program.text).lines).toEqual(expectedResults(program));
    expect(process.memoryUsage().rss).toBeLessThan(2 * 2 ** 30);
  },
);

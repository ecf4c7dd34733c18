import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Consumer, EXAMPLE_PRINTS, MANIFEST } from "./consumer.js";
import * as tools from "./tools.js";

let consumer: Consumer;
beforeAll(() => {
  consumer = Consumer.create();
});
afterAll(() => consumer.remove());

describe("the packed package", () => {
  it.each([
    ["compiled by TypeScript 7 for Node.js", tools.typescript7NodeNext],
    ["compiled by TypeScript 7 for a bundler", tools.typescript7Bundler],
    ["bundled by esbuild", tools.esbuild],
  ])("runs the first example %s", (_how, tool) => {
    expect(tool(consumer)).toBe(EXAMPLE_PRINTS);
  });

  it("can be required by a CommonJS module", () => {
    expect(tools.commonJs(consumer)).toBe(tools.COMMON_JS_PRINTS);
  });

  it("has the command", () => {
    const command = consumer.path("node_modules/oxbow/dist/src/command/oxbow.js");
    expect(consumer.node(command, "--version")).toBe(`${MANIFEST.version}\n`);
  });

  it("loads Piscina when a pool starts, and not before", () => {
    const script = `
      import { createRequire } from "node:module";
      import { EvaluatorPool, Heap } from "oxbow";
      const { cache } = createRequire(import.meta.url);
      const isLoaded = () => Object.keys(cache).some((path) => path.includes("piscina"));
      const before = isLoaded();
      const pool = await EvaluatorPool.create(Heap.create(), { threads: 1 });
      console.log(before, isLoaded());
      await pool.close();`;
    expect(consumer.node("--input-type=module", "-e", script)).toBe("false true\n");
  });

  it("says of a bundle that cannot find what its threads run that it is not installed", () => {
    tools.esbuild(consumer);
    const elsewhere = Consumer.empty();
    try {
      elsewhere.write("bundle.mjs", readFileSync(consumer.path("esbuild/out/bundled.js"), "utf8"));
      expect(() => elsewhere.node("bundle.mjs")).toThrow(/cannot start threads: .*bundle.mjs/);
    } finally {
      elsewhere.remove();
    }
  });
});

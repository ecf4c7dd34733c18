import { afterAll, beforeAll, expect, test } from "vitest";
import { Consumer, EXAMPLE_PRINTS } from "../package/consumer.js";
import * as tools from "../package/tools.js";

let consumer: Consumer;
beforeAll(() => {
  consumer = Consumer.create(["vitest"]);
});
afterAll(() => consumer.remove());

test.each([
  ["compiled by TypeScript 5 for Node.js", tools.typescript5NodeNext],
  ["compiled by TypeScript 5 for a bundler", tools.typescript5Bundler],
  ["bundled by rolldown", tools.rolldown],
  ["bundled by Vite for a server, without externals", tools.viteSsr],
  ["under tsx", tools.tsx],
  ["under vitest", tools.vitest],
])("the packed package runs the first example %s", (_how, tool) => {
  expect(tool(consumer)).toBe(EXAMPLE_PRINTS);
});

/**
 * Tools that users have, each with what it takes to run the first example with it, in a project that has the
 * package from its tarball. A tool gives what the example printed.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { ROOT } from "../architecture/sources.js";
import { type Consumer, EXAMPLE, modulePath } from "./consumer.js";

export type Tool = (consumer: Consumer) => string;

/** The options that the README shows, and the package's declarations are checked as well. */
function readmeOptions(): object {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const block = /```json\n([\s\S]*?)```/.exec(readme)?.[1];
  if (block === undefined) throw new Error("cannot find the options for TypeScript in the README");
  const { compilerOptions } = JSON.parse(block) as { compilerOptions: object };
  return { ...compilerOptions, skipLibCheck: false };
}

/** Which module system a compiler is asked to assume. */
const NODENEXT = {};
const BUNDLER = { module: "esnext", moduleResolution: "bundler" };

/** Compiles with a TypeScript, checking the package's declarations as well, and runs what comes out. */
function compiler(compilerPath: string, name: string, options: object): Tool {
  return (consumer) => {
    const outDir = `compiled-${name}`;
    consumer.write(`${name}.ts`, EXAMPLE);
    consumer.write(
      `tsconfig.${name}.json`,
      JSON.stringify({
        compilerOptions: { ...readmeOptions(), ...options, outDir },
        files: [`${name}.ts`],
      }),
    );
    consumer.node(compilerPath, "-p", `tsconfig.${name}.json`);
    return consumer.node(`${outDir}/${name}.js`);
  };
}

const TYPESCRIPT_7 = modulePath("typescript/bin/tsc");

/** The checker of packages' types brings a TypeScript 5 of its own. */
function typescript5(): string {
  const checker = join(modulePath("@arethetypeswrong/core"), "package.json");
  const manifest = createRequire(checker).resolve("typescript/package.json");
  const { version } = createRequire(checker)(manifest) as { version: string };
  if (!version.startsWith("5.")) throw new Error(`cannot test TypeScript 5: it is ${version}`);
  return manifest.replace("package.json", "bin/tsc");
}

export const typescript7NodeNext: Tool = compiler(TYPESCRIPT_7, "ts7-nodenext", NODENEXT);
export const typescript7Bundler: Tool = compiler(TYPESCRIPT_7, "ts7-bundler", BUNDLER);
export const typescript5NodeNext: Tool = (consumer) =>
  compiler(typescript5(), "ts5-nodenext", NODENEXT)(consumer);
export const typescript5Bundler: Tool = (consumer) =>
  compiler(typescript5(), "ts5-bundler", BUNDLER)(consumer);

/** CommonJS: `require` gives the module, whose names are the same. */
export const commonJs: Tool = (consumer) => {
  consumer.write(
    "required.cjs",
    `const { Heap, Environment, EvaluatorPool, evaluate, parseAtom, print, atoms } = require("oxbow");
const { SharedMap } = require("oxbow/containers");
async function main() {
  const heap = Heap.create();
  const family = Environment.create(heap);
  family.addAll(atoms\`(parent Ann Bob) (= (child $x) (match &self (parent $x $y) $y))\`);
  console.log(print(evaluate(family, parseAtom("(child Ann)")).results[0]), typeof SharedMap);
  const pool = await EvaluatorPool.create(heap, { threads: 1 });
  const { branches } = await pool.evaluateAll(family, [parseAtom("(child Ann)")]);
  console.log(print(branches[0].results.at(0)));
  await pool.close();
}
main();
`,
  );
  return consumer.node("required.cjs");
};
export const COMMON_JS_PRINTS = "Bob function\nBob\n";

/** One file with the package in it; Piscina stays what is installed. */
export const esbuild: Tool = (consumer) => {
  consumer.write("bundled.ts", EXAMPLE);
  buildSync({
    absWorkingDir: consumer.folder,
    entryPoints: ["bundled.ts"],
    outfile: "esbuild/out/bundled.js",
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
  });
  return consumer.node("esbuild/out/bundled.js");
};

export const rolldown: Tool = (consumer) => {
  consumer.write("rolled.ts", EXAMPLE);
  const cli = modulePath("rolldown/bin/cli.mjs");
  consumer.write(
    "rolldown.config.mjs",
    `export default {
  input: "rolled.ts",
  platform: "node",
  transform: { target: "es2022" },
  output: { dir: "rolldown/out", format: "esm" },
};
`,
  );
  consumer.node(cli, "-c", "rolldown.config.mjs");
  return consumer.node("rolldown/out/rolled.js");
};

/** A server's bundle that takes every package in. */
export const viteSsr: Tool = (consumer) => {
  consumer.write("served.ts", EXAMPLE);
  consumer.write(
    "vite.config.mjs",
    `export default {
  build: { ssr: "served.ts", target: "es2022", outDir: "vite/out" },
  ssr: { noExternal: true },
  logLevel: "warn",
};
`,
  );
  consumer.node(modulePath("vite/bin/vite.js"), "build");
  return consumer.node("vite/out/served.js");
};

export const tsx: Tool = (consumer) => {
  consumer.write("interpreted.ts", EXAMPLE);
  return consumer.node(modulePath("tsx/dist/cli.mjs"), "interpreted.ts");
};

/** The example as a module that a user's test imports; the test prints what it saw. */
export const vitest: Tool = (consumer) => {
  consumer.write("tested/example.ts", EXAMPLE);
  consumer.write("vitest.config.mjs", "export default {};\n");
  consumer.write(
    "tested/example.test.ts",
    `import { writeFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
test("the example runs", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import("./example.js");
  writeFileSync("printed.txt", log.mock.calls.map((values) => values.join(" ") + "\\n").join(""));
  expect(log).toHaveBeenCalled();
});
`,
  );
  consumer.node(modulePath("vitest/vitest.mjs"), "run", "--root", "tested", "--reporter=dot");
  return consumer.node("-e", 'process.stdout.write(require("fs").readFileSync("printed.txt"))');
};

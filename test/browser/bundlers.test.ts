import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import * as vite from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Chromium, type PageKind } from "../../bench/chromium.js";
import { hasTool, pathOf } from "../tools.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const EXAMPLE = join(ROOT, "examples/35-browser");

/** A project of the example, as users have it: the package is installed, and there is no configuration. */
function makeProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "oxbow-page-"));
  cpSync(join(EXAMPLE, "main.mjs"), join(folder, "main.mjs"));
  const page = readFileSync(join(EXAMPLE, "index.html"), "utf8");
  // Bundlers find packages by themselves.
  writeFileSync(
    join(folder, "index.html"),
    page.replace(/<script type="importmap">[\s\S]*?<\/script>/, ""),
  );
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules/oxbow"), "dir");
  return folder;
}

/** Vite tells pages the port that it was given. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

describe.skipIf(!hasTool("chromium"))("the example of a page, made", () => {
  let project: string;
  let chromium: Chromium;
  beforeAll(async () => {
    project = makeProject();
    await vite.build({ root: project, logLevel: "silent", configFile: false, base: "./" });
    await esbuild.build({
      entryPoints: [join(project, "main.mjs")],
      bundle: true,
      format: "esm",
      outfile: join(project, "esbuild/main.mjs"),
      logLevel: "silent",
    });
    cpSync(join(project, "index.html"), join(project, "esbuild/index.html"));
    chromium = await Chromium.start(pathOf("chromium"), [pathToFileURL(`${project}/`)]);
  }, 120_000);
  afterAll(async () => {
    await chromium.close();
    rmSync(project, { recursive: true });
  }, 60_000);

  test.each([
    ["by Vite", "dist/index.html", "isolated"],
    ["by Vite", "dist/index.html", "plain"],
    ["by esbuild", "esbuild/index.html", "isolated"],
    ["by esbuild", "esbuild/index.html", "plain"],
  ] as const)("%s runs: %s, %s", async (_by, path, kind: PageKind) => {
    const page = await chromium.open(kind, path);
    await expect.poll(async () => await page.title(), { timeout: 40_000 }).toBe("done");
    expect(await page.locator("li").allTextContents()).toEqual(["610, 987", "3"]);
    expect(await page.textContent("p")).toContain(
      kind === "plain" ? "not cross-origin" : "two threads",
    );
  });

  test("served by Vite runs on threads", { timeout: 60_000 }, async () => {
    const headers = {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    };
    const server = await vite.createServer({
      root: project,
      logLevel: "silent",
      configFile: false,
      server: { host: "127.0.0.1", port: await freePort(), strictPort: true, headers },
    });
    await server.listen();
    try {
      const page = await chromium.goTo(server.resolvedUrls!.local[0]!);
      await expect.poll(async () => await page.title(), { timeout: 40_000 }).toBe("done");
      expect(await page.locator("li").allTextContents()).toEqual(["610, 987", "3"]);
      expect(await page.textContent("p")).toBe("two threads");
    } finally {
      await server.close();
    }
  });
});

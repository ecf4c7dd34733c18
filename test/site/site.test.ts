import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Chromium } from "../../bench/chromium.js";
import { hasTool, pathOf } from "../tools.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const AXE = createRequire(import.meta.url).resolve("axe-core");

/** One of each sort. */
const PAGES = ["", "guides/embedding", "api/oxbow/classes/Environment", "examples/02-rivers"];
const PHONE = { width: 390, height: 844 };

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

async function violationsOf(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: AXE });
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: Violation[] }> };
    };
    return (await axe.run()).violations;
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}\n${nodes[0]!.failureSummary}`);
}

describe.skipIf(!hasTool("chromium"))("the built site", () => {
  let server: PreviewServer;
  let chromium: Chromium;
  let address: string;
  beforeAll(async () => {
    server = await preview({
      root: ROOT,
      configFile: false,
      logLevel: "silent",
      appType: "mpa",
      build: { outDir: "dist/site" },
      preview: { host: "127.0.0.1", port: 0 },
    });
    address = server.resolvedUrls!.local[0]!;
    chromium = await Chromium.start(pathOf("chromium"), []);
  });
  // Throws what a page told its console as an error.
  afterAll(async () => {
    await chromium.close();
    await server.close();
  });

  test.each(PAGES)("can be used by everybody, in light and dark: /%s", async (path) => {
    const page = await chromium.goTo(`${address}${path}`);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      expect(await violationsOf(page)).toEqual([]);
    }
    await page.close();
  });

  test.each(PAGES)("fits a phone: /%s", async (path) => {
    const page = await chromium.goTo(`${address}${path}`);
    await page.setViewportSize(PHONE);
    const width = await page.evaluate<number>("document.documentElement.scrollWidth");
    expect(width).toBeLessThanOrEqual(PHONE.width);
    expect(await violationsOf(page)).toEqual([]);
    await page.close();
  });

  test("runs an example where it stands", async () => {
    const page = await chromium.goTo(`${address}examples/02-rivers`);
    await page.getByRole("button", { name: "Run it here" }).click();
    const playground = page.frameLocator("iframe.live");
    await playground.getByRole("button", { name: "Run", exact: true }).click();
    await playground.getByText("Kinzig", { exact: true }).waitFor();
    await playground.getByText("3595", { exact: true }).waitFor();
    await page.close();
  });

  test("is searched in the page itself, and asks nobody else for anything", async () => {
    const page = await chromium.goTo(address);
    const elsewhere: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(address)) elsewhere.push(request.url());
    });
    await page.keyboard.press("Control+k");
    await page.getByRole("searchbox").fill("collapse-bind");
    await page.locator(".result").first().waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/guides\/stdlib/);
    expect(elsewhere).toEqual([]);
    await page.close();
  });
});

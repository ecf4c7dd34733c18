import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Chromium } from "../../bench/chromium.js";
import { hasTool } from "../tools.js";
import { startChromium } from "./start.js";

describe.skipIf(!hasTool("chromium"))("the example of a page", () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await startChromium(new URL("../../examples/35-browser/", import.meta.url));
  }, 60_000);
  afterAll(async () => await chromium.close(), 60_000);

  test.each([
    ["isolated", "two threads"],
    ["plain", "the page is not cross-origin isolated: "],
  ] as const)("runs in a page that is %s", async (kind, threads) => {
    const page = await chromium.open(kind, "index.html");
    await expect.poll(async () => await page.title(), { timeout: 40_000 }).toBe("done");
    expect(await page.textContent("p")).toContain(threads);
    expect(await page.locator("li").allTextContents()).toEqual(["610, 987", "3"]);
  });
});

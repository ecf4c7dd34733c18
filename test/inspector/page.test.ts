import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasTool, pathOf } from "../tools.js";

/** Facts, forks that write, and a question that does not end. */
const PROGRAM = `
(= (fib $n) (if (< $n 2) $n (+ (fib (- $n 1)) (fib (- $n 2)))))
(= (learn $n) (let $v (fib $n) (add-atom &self (fib-of $n $v))))
(= (fill $n) (if (== $n 0) done (let () (add-atom &self (edge $n end)) (fill (- $n 1)))))
(= (for-ever $n) (for-ever (+ $n 1)))
!(fib 5)
!(fill 3000)
!(hyperpose ((learn 3) (learn 4) (fib 3)))
!(for-ever 0)
`;
const TABS = ["Forks", "Threads", "Relations", "Memory", "Locks", "Reductions", "Profile"];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const main = fileURLToPath(new URL("../../dist/src/command/oxbow.js", import.meta.url));

/** A command that serves the page, and where. */
async function serving(...args: string[]): Promise<{ process: ChildProcess; address: string }> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  const address = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      const found = /inspector: (http\S+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", () => reject(new Error(`it has ended: ${text}`)));
  });
  return { process: child, address };
}

/** What axe finds wrong with a page as it is, by all its rules or some. */
async function violations(page: Page, rules?: string[]): Promise<string[]> {
  return await page.evaluate(async (runOnly) => {
    const { axe: run } = globalThis as unknown as {
      readonly axe: {
        run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
      };
    };
    const report = await run.run(runOnly === undefined ? {} : { runOnly });
    return report.violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`);
  }, rules);
}

describe.skipIf(!hasTool("chromium"))("the inspector's page", () => {
  let folder: string;
  let browser: Browser;
  let live: { process: ChildProcess; address: string };
  const errors: string[] = [];
  const open = async (address: string, colorScheme: "light" | "dark"): Promise<Page> => {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1200, height: 760 } });
    page.on("pageerror", ({ message }) => errors.push(message));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    await page.goto(address);
    // The page lets no script in but its own.
    await page.evaluate(axe);
    return page;
  };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "oxbow-page-"));
    const file = join(folder, "program.metta");
    writeFileSync(file, PROGRAM);
    [live, browser] = await Promise.all([
      serving("run", file, "--inspect", "--profile"),
      chromium.launch({ executablePath: pathOf("chromium"), args: ["--no-sandbox"] }),
    ]);
  }, 60_000);
  afterAll(async () => {
    live.process.kill("SIGKILL");
    await browser.close();
    rmSync(folder, { recursive: true });
  }, 60_000);

  it("shows a program that does not end, while it runs: forks, facts, reductions, rules", async () => {
    const page = await open(live.address, "light");
    const text = async (selector: string): Promise<string> =>
      (await page.locator(selector).allTextContents()).join("\n");
    await expect.poll(() => text(".node"), { timeout: 30_000 }).toContain("under way");
    expect(await text(".node")).toContain("!(for-ever 0)");
    expect(await text(".node")).toContain("+2");
    await page.locator(".node.branch", { hasText: "(learn 4)" }).press("Enter");
    expect(await text("aside")).toContain("+ (fib-of 4 3)");

    await page.click("#tab-Relations");
    await page.locator(".choices button", { hasText: "edge/3" }).click();
    await expect.poll(() => text(".fact"), { timeout: 30_000 }).toContain("(edge 3000 end)");
    await page.locator(".scroller").press("End");
    await expect.poll(() => text(".fact"), { timeout: 30_000 }).toContain("(edge 1 end)");
    expect(await page.locator(".fact").count()).toBeLessThan(100);
    await page.getByLabel("Find").fill("(edge 77 ");
    await expect.poll(() => text(".fact"), { timeout: 30_000 }).toBe("2,923(edge 77 end)");

    await page.click("#tab-Reductions");
    await page.locator(".choices button", { hasText: "!(fib 5)" }).click();
    await expect.poll(() => text(".step"), { timeout: 30_000 }).toContain("program.metta:2:1");
    await page.locator("[role=tree]").press("ArrowLeft");
    expect(await page.locator(".step").count()).toBe(1);
    await page.getByLabel("Find").fill("(fib (- 2 1))");
    await page.locator("form button").click();
    await expect.poll(() => text(".step.found"), { timeout: 30_000 }).toContain("(fib (- 2 1))");

    await page.click("#tab-Profile");
    await expect
      .poll(() => text("tr"), { timeout: 30_000 })
      .toMatch(/for-ever .*program\.metta:5:1/);
    await page.close();
  });

  it("is used by keyboard alone, and axe finds nothing wrong with any view, light or dark", async () => {
    const found: string[] = [];
    const page = await open(live.address, "light");
    await page.waitForSelector(".node");
    await page.locator("#tab-Forks").focus();
    for (const tab of TABS) {
      expect(await page.locator("[role=tab][aria-selected=true]").textContent()).toBe(tab);
      if (tab === "Relations" || tab === "Reductions") {
        await page.locator(".choices button").first().press("Enter");
        await page.waitForSelector(".scroller");
      }
      await page.emulateMedia({ colorScheme: "light" });
      found.push(...(await violations(page)).map((each) => `${tab} ${each}`));
      await page.emulateMedia({ colorScheme: "dark" });
      const dark = await violations(page, ["color-contrast"]);
      found.push(...dark.map((each) => `${tab}, dark ${each}`));
      await page.locator(`#tab-${tab}`).press("ArrowRight");
    }
    await page.close();
    expect(found).toEqual([]);
  });

  it("shows a recording the same way, afterwards", async () => {
    const file = join(folder, "recording.json");
    const response = await fetch(`${live.address}api/recording`);
    writeFileSync(file, await response.text());
    const recorded = await serving("inspect", file);
    try {
      const page = await open(recorded.address, "dark");
      await page.waitForSelector(".node");
      expect(await page.locator(".badge").textContent()).toBe("recording");
      for (const tab of TABS.slice(1)) {
        await page.click(`#tab-${tab}`);
        await page.waitForSelector("canvas, table, .choices");
      }
      await page.close();
    } finally {
      recorded.process.kill("SIGKILL");
    }
    expect(errors).toEqual([]);
  });
});

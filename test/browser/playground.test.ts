import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Chromium, type PageKind } from "../../bench/chromium.js";
import { linkOf, readLink } from "../../examples/playground/src/link.js";
import { hasTool, pathOf } from "../tools.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Written in parts: it is no invariant's name. */
const NEXT_PROBLEM = ["F", 8].join("");

/** What has moved, without anybody's doing, since the page was asked for. */
const SHIFTS = `new Promise((resolve) => {
  const observer = new PerformanceObserver(() => undefined);
  observer.observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => setTimeout(() => {
    const entries = observer.takeRecords().filter(({ hadRecentInput }) => !hadRecentInput);
    resolve(entries.map(({ sources }) => sources.map(({ node }) => node?.outerHTML ?? "")));
  }));
})`;

const WIDE = { width: 1180, height: 720 };
const PHONE = { width: 360, height: 740 };

const FAMILY = `(parent Ann Bob)
(parent Bob Cid)
(= (ancestor $x) (match &self (parent $x $y) $y))
(= (ancestor $x) (match &self (parent $x $y) (ancestor $y)))

!(ancestor Ann)
!(println! "seen")
!(ancestor Cid)`;

const ATLAS = {
  files: {
    "main.metta": "!(import! &self atlas:rivers)\n!(mouth Inn)",
    "atlas/rivers.metta": "(into Inn Danube) (= (mouth $x) (match &self (into $x $y) $y))",
  },
  threads: 1,
};

/** What axe-core gives the page. */
interface AxeGlobals {
  readonly axe: { run(): Promise<AxeResults> };
}

describe.skipIf(!hasTool("chromium"))("the playground", () => {
  let chromium: Chromium;
  /** Most tests go on where the one before has ended: loading the engine is what takes time. */
  let page: Page;
  beforeAll(async () => {
    const built = new URL("../../dist/playground/", import.meta.url);
    chromium = await Chromium.start(pathOf("chromium"), [built]);
    page = await open();
  }, 60_000);
  afterAll(async () => await chromium.close(), 60_000);

  async function open(path = "", kind: PageKind = "isolated"): Promise<Page> {
    const page = await chromium.open(kind, `index.html${path}`);
    await page.setViewportSize(WIDE);
    await page.locator(".cm-content").waitFor();
    return page;
  }

  /** Follows a link from the page to itself. */
  async function follow(hash: string): Promise<void> {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  }

  test("runs what is typed, and shows each result beside the line that asked", async () => {
    const origins = new Set<string>();
    page.on("request", (request) => origins.add(new URL(request.url()).origin));
    await write(page, FAMILY);
    await page.keyboard.press("Control+Enter");
    expect(await resultsOf(page)).toEqual(["6: Bob Cid", "7: seen ()", "8: no results"]);
    expect(await page.textContent("#summary")).toMatch(/^4 atoms · [\d,]+ steps · .*s$/);
    for (const line of [6, 7, 8]) {
      const [asked, shown] = await Promise.all([topOfLine(page, line), topOfRow(page, line)]);
      // Rows that lie on each other are moved down by what they need.
      expect(Math.abs(asked - shown)).toBeLessThan(line < 8 ? 5 : 40);
    }
    await page.locator(".relations summary").click();
    expect(await page.locator(".relations tr").allTextContents()).toContain("parentfact2");
    await page.locator(".where").last().click();
    await eventually(async () => await activeLine(page)).toBe("!(ancestor Cid)");
    expect([...origins]).toEqual(origins.size === 0 ? [] : [new URL(page.url()).origin]);
  });

  test("stops what would go on for ever, and runs again", async () => {
    await write(page, "(= (count $n) (count (+ $n 1)))\n!(+ 1 2)\n!(count 0)");
    await page.keyboard.press("Control+Enter");
    await page.locator('.value:text-is("3")').waitFor();
    expect(await page.textContent("#run .name")).toBe("Stop");
    await page.locator("#run").click();
    expect(await resultsOf(page)).toEqual(["2: 3", "3: stopped"]);
    expect(await page.textContent("#summary")).toBe("Stopped");
    await write(page, "!(+ 40 2)");
    await page.locator("#run").click();
    expect(await resultsOf(page)).toEqual(["1: 42"]);
  });

  test("ends a ! at its limit, and says so", async () => {
    await page.locator("#settings summary").click();
    await page.selectOption("#max-time", "1000");
    await page.selectOption("#max-results", "100");
    await write(
      page,
      "(= (count $n) (count (+ $n 1)))\n(= (nat $n) (superpose ($n (nat (+ $n 1)))))\n!(nat 0)\n!(count 0)",
    );
    await page.keyboard.press("Control+Enter");
    const [numbers, endless] = await resultsOf(page);
    expect(numbers).toContain("Show all 100");
    expect(numbers).toContain("it had as many results as it may");
    expect(endless).toContain("the time for it was over");
    await page.selectOption("#max-time", "10000");
    await page.selectOption("#max-results", "1000");
    await page.locator("#settings summary").click();
  });

  test("tells of a syntax error where it is", async () => {
    await write(page, "!(+ 1 2)\n!(+ 1");
    await page.keyboard.press("Control+Enter");
    expect(await resultsOf(page)).toEqual(["2: Expected ')' to close this '('"]);
    await page.locator(".where").click();
    await eventually(async () => await activeLine(page)).toContain("!(+ 1expected");
  });

  test("opens a link of several files, imports them on two threads, and keeps what is typed", async () => {
    await follow(await linkOf({ ...ATLAS, threads: 2 }));
    await eventually(async () => await textOf(page)).toContain("atlas:rivers");
    expect(await page.locator(".tab").allTextContents()).toEqual(Object.keys(ATLAS.files));
    await page.keyboard.press("Control+Enter");
    expect(await resultsOf(page)).toEqual(["1: ()", "2: Danube"]);
    expect(await page.textContent("#summary")).toContain("2 threads");
    await page.locator(".tab").nth(1).click();
    await write(page, "(= (mouth $x) Sea)");
    expect(new URL(page.url()).hash).toBe("");
    await page.reload();
    await page.keyboard.press("Control+Enter");
    expect(await resultsOf(page)).toEqual(["1: ()", "2: Sea"]);
  });

  test("shows the first results where they are out of sight", async () => {
    await write(page, `${"; a line\n".repeat(80)}!(+ 1 2)`);
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("Control+Enter");
    expect(await resultsOf(page)).toEqual(["81: 3"]);
    await eventually(async () => await topOfRow(page, 81)).toBeLessThan(WIDE.height);
  });

  test("shares what is there as a link, and what was there before is not lost", async () => {
    await write(page, "!(+ 1 1) ; mine: Größe, 木, 🌊");
    await page.locator("#share").click();
    await eventually(async () => await page.textContent("#summary")).toContain("characters");
    const { hash } = new URL(page.url());
    const { files } = await readLink(hash);
    expect(files["main.metta"]).toBe("!(+ 1 1) ; mine: Größe, 木, 🌊");
    await page.selectOption("#examples", "Rivers");
    await eventually(async () => await textOf(page)).toContain("reaches");
    await page.selectOption("#examples", "earlier");
    await eventually(async () => await textOf(page)).toContain("Größe");
  });

  test("says what is wrong with a link, and goes on", async () => {
    const reasons = {
      "#v1.abc": "a part of it is missing or was changed",
      "#v1.!!!": "letters that do not belong there",
      "#v2.abc": "made by a newer playground",
      "#nonsense": "does not begin as such links do",
    };
    for (const [hash, reason] of Object.entries(reasons)) {
      await follow(hash);
      await eventually(async () => await page.textContent("#notice")).toContain(reason);
    }
    await page.reload();
    await eventually(async () => await page.textContent("#notice")).toContain("such links do");
    await page.locator("#notice button").click();
    await write(page, "!(+ 1 2)");
    await page.keyboard.press("Control+Enter");
    expect(await resultsOf(page)).toEqual(["1: 3"]);
  });

  test("survives a store that nobody can read, and puts it aside", async () => {
    // The page keeps what is there when it is left.
    await page.evaluate(
      `addEventListener("pagehide", () => localStorage.setItem("oxbow.playground", "{ cut"))`,
    );
    await page.reload();
    await eventually(async () => await page.textContent("#notice")).toContain("put aside");
    expect(await textOf(page)).toContain("Facts are what is known");
    const aside = await page.evaluate(`localStorage.getItem("oxbow.playground.unreadable")`);
    expect(aside).toBe("{ cut");
  });

  test("is used by the keyboard alone", async () => {
    await page.selectOption("#examples", "Rivers");
    await page.locator("#examples").focus();
    await tabTo(page, "#add");
    await page.keyboard.press("Enter");
    await page.keyboard.type("more notes");
    await page.keyboard.press("Enter");
    expect(await page.textContent("#file-problem")).toContain("ends in .metta");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("notes.metta");
    await page.keyboard.press("Enter");
    await eventually(async () => await focused(page)).toBe("Program notes.metta");
    await page.keyboard.insertText("(= (note) kept)");
    // Tab belongs to the editor until Escape.
    await page.keyboard.press("Escape");
    await page.keyboard.press("Shift+Tab");
    await tabTo(page, ".tab", "Shift+Tab");
    await page.keyboard.press("ArrowLeft");
    await tabTo(page, ".cm-content");
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText("!(import! &self notes)\n!(note)");
    await page.keyboard.press("Control+Enter");
    expect(await resultsOf(page)).toEqual(["1: ()", "2: kept"]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("Results");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await focused(page)).toBe("Program main.metta");
  });

  test("marks problems, goes to the next one, completes, and lays out", async () => {
    await write(page, '(= (flows $x) $x)\n\n\n!(flwos Inn)\n!(+ 1 "one")');
    await eventually(async () => await page.textContent("#problems")).toBe("2 problems");
    await page.keyboard.press("Control+Home");
    await page.keyboard.press(NEXT_PROBLEM);
    await eventually(async () => await page.textContent("#message")).toBe(
      "4:3 nothing is known of flwos; did you mean flows?",
    );
    await page.keyboard.press("Control+End");
    await page.keyboard.insertText("\n!(flo");
    await page.keyboard.press("Control+Space");
    await page.locator(".cm-tooltip-autocomplete").waitFor();
    expect(await page.locator(".cm-completionLabel").allTextContents()).toContain("flows");
    await page.keyboard.press("Escape");
    await page.keyboard.insertText("ws   Inn)");
    await page.keyboard.press("Shift+Alt+F");
    await eventually(async () => await textOf(page)).toMatch(/^!\(flows Inn\)$/m);
  });

  test("has nothing that axe finds, light and dark, wide and on a phone", async () => {
    await follow(await linkOf(ATLAS));
    await page.evaluate(AXE);
    expect(await violations(page)).toEqual([]);
    await page.selectOption("#examples", "Slips and types");
    await page.locator("#run").click();
    expect(await resultsOf(page)).toHaveLength(4);
    await page.locator("#problems").waitFor();
    for (const size of [WIDE, PHONE]) {
      await page.setViewportSize(size);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await violations(page), `${colorScheme}, ${size.width}`).toEqual([]);
      }
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(size.width);
    }
    await page.locator("#settings summary").click();
    expect(await violations(page), "settings").toEqual([]);
    await page.keyboard.press("Escape");
  });

  test.each([WIDE, PHONE])("moves nothing that is there already: %o", async (size) => {
    await page.setViewportSize(size);
    await follow(await linkOf(ATLAS));
    await page.reload();
    await page.locator("#run").click();
    expect(await resultsOf(page)).toHaveLength(2);
    await page.locator("#run").click();
    await page.locator(".tab").nth(1).click();
    await write(page, "!(flwos 1)\n(= (flows $x) $x)");
    await page.locator("#problems").waitFor();
    expect(await page.evaluate(SHIFTS)).toEqual([]);
  });

  test("says that a page that is not isolated has one thread, and runs there", async () => {
    const page = await open(await linkOf({ ...ATLAS, threads: 2 }), "plain");
    expect(await page.textContent("#isolation")).toContain("not cross-origin isolated");
    expect(await page.locator("#threads").isDisabled()).toBe(true);
    await page.keyboard.press("Control+Enter");
    expect(await resultsOf(page)).toEqual(["1: ()", "2: Danube"]);
    await page.close();
  });

  test("stands in another page: what it shows is the link's, and nothing is kept", async () => {
    const before = await open();
    await write(before, "; what I had");
    await before.close();
    const page = await open(`?embed${await linkOf(ATLAS)}`);
    await page.locator("#run").click();
    expect(await resultsOf(page)).toEqual(["1: ()", "2: Danube"]);
    expect(await page.locator("#examples").isVisible()).toBe(false);
    const whole = await page.getAttribute("#whole", "href");
    expect(await readLink(new URL(whole!, page.url()).hash)).toEqual(ATLAS);
    await write(page, "; what I tried");
    await page.close();
    const after = await open();
    expect(await textOf(after)).toBe("; what I had");
    await after.close();
  });
});

/** Another machine may be busy. */
function eventually<Value>(read: () => Promise<Value>): ReturnType<typeof expect.poll<Value>> {
  return expect.poll(read, { timeout: 30_000 });
}

async function write(page: Page, text: string): Promise<void> {
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(text);
  await page.keyboard.press("Escape");
}

async function textOf(page: Page): Promise<string> {
  return (await page.locator(".cm-line").allTextContents()).join("\n");
}

/** What the rows say once the run is over. */
async function resultsOf(page: Page): Promise<string[]> {
  await eventually(async () => await page.textContent("#summary")).not.toMatch(/^(?:Running.*)?$/);
  const rows = await page.locator(".row").all();
  return await Promise.all(
    rows.map(async (row) => {
      const parts = await row
        .locator(".printed, .value, .none, .failure, .stopped, .body button")
        .all();
      const texts = await Promise.all(parts.map(async (part) => await part.textContent()));
      return `${await row.locator(".where").textContent()}: ${texts.join(" ")}`;
    }),
  );
}

async function topOfLine(page: Page, line: number): Promise<number> {
  return (await page
    .locator(".cm-line")
    .nth(line - 1)
    .boundingBox())!.y;
}

async function topOfRow(page: Page, line: number): Promise<number> {
  const row = page.locator(".row", { has: page.locator(`.where:text-is("${line}")`) });
  return (await row.boundingBox())!.y;
}

async function activeLine(page: Page): Promise<string | null> {
  return await page.locator(".cm-activeLine").textContent();
}

/** What a screen reader would call what has the focus. */
async function focused(page: Page): Promise<string | null> {
  return await page.locator(":focus").getAttribute("aria-label");
}

/** Goes on from control to control until one matches. */
async function tabTo(page: Page, selector: string, key = "Tab"): Promise<void> {
  for (let count = 0; count < 12; count++) {
    if ((await page.locator(`${selector}:focus`).count()) > 0) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${key} does not lead to ${selector}`);
}

async function violations(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate(
    async () => await (globalThis as unknown as AxeGlobals).axe.run(),
  );
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

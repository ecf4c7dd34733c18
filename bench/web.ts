/**
 * Suite `web`: the package in a page of headless Chromium: how large it is, how soon the first result is there, and what a
 * second thread gains. Needs Chromium (`apt-get install chromium`).
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { Environment } from "../src/environment/environment.js";
import { Heap } from "../src/memory/heap.js";
import { runProgramSync } from "../src/parallel/language-evaluator.js";
import { Chromium } from "./chromium.js";
import { atLeast, atMost, type Figure, figure, medianOf } from "./figure.js";
import { QUEENS } from "./parallel.js";
import type { FirstResult, SpeedUp } from "./web-page.js";

const BUNDLE = new URL("../browser/", import.meta.url);
const PLAYGROUND = new URL("../playground/", import.meta.url);
const EXECUTABLE = "/usr/bin/chromium";
const LOADS = 7;
const ROUNDS = 21;
const FIB = "(= (fib $n) (if (< $n 2) $n (+ (fib (- $n 1)) (fib (- $n 2))))) !(fib 24)";

/** What the page's module gives, in the page. */
interface PageModule {
  firstResult(): Promise<FirstResult>;
  runTimes(program: string, rounds: number): Promise<number[]>;
  speedUp(rules: string, branch: string, count: number, rounds: number): Promise<SpeedUp>;
}

export async function run(): Promise<Figure[]> {
  const pages = new URL("./", import.meta.url);
  const chromium = await Chromium.start(EXECUTABLE, [pages, BUNDLE]);
  try {
    return [
      ...sizes(),
      ...(await loads(chromium)),
      ...(await one(chromium)),
      ...(await two(chromium)),
      ...(await playground()),
    ];
  } finally {
    await chromium.close();
  }
}

/** What a visitor of the playground waits for; closing the browser throws if a page had an error. */
async function playground(): Promise<Figure[]> {
  const chromium = await Chromium.start(EXECUTABLE, [PLAYGROUND]);
  const samples: Visit[] = [];
  try {
    for (let load = 0; load < LOADS; load++) {
      const page = await chromium.open("isolated", "index.html");
      samples.push(await page.evaluate<Visit>(VISIT));
      await page.close();
    }
  } finally {
    await chromium.close();
  }
  const median = (of: (visit: Visit) => number): number => medianOf(samples.map(of));
  return [
    figure("playground: what the page loads, brotli", sizeOf(/^index|\.html$|theme/), "kB"),
    figure("playground: the engine behind it, brotli", sizeOf(/^engine/), "kB"),
    figure(
      "playground: first contentful paint",
      median(({ paintMs }) => paintMs),
      "ms",
    ),
    figure(
      "playground: first results, from the click",
      median(({ resultMs }) => resultMs),
      "ms",
    ),
    figure(
      "playground: layout shift",
      Math.max(...samples.map(({ shift }) => shift)),
      "",
      atMost(0),
    ),
  ];
}

/** Kilobytes of the playground's files of some names, as a server sends them. */
function sizeOf(names: RegExp): number {
  const files = readdirSync(PLAYGROUND, { recursive: true, encoding: "utf8" });
  return files
    .filter((path) => names.test(basename(path)))
    .map((path) => brotliCompressSync(readFileSync(new URL(path, PLAYGROUND))).length / 1000)
    .reduce((sum, size) => sum + size, 0);
}

interface Visit {
  readonly paintMs: number;
  readonly resultMs: number;
  readonly shift: number;
}

/** A visit, in the page: runs the first example as soon as the page is there. */
const VISIT = `(async () => {
  const until = async (find) => {
    for (let found = find(); ; found = find()) {
      if (found) return found;
      await new Promise(requestAnimationFrame);
    }
  };
  await until(() => document.querySelector(".tab"));
  const start = performance.now();
  document.querySelector("#run").click();
  await until(() => document.querySelector(".value"));
  const resultMs = performance.now() - start;
  await until(() => document.querySelector(".relations"));
  const entries = await new Promise((resolve) => {
    const observer = new PerformanceObserver(() => undefined);
    observer.observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(observer.takeRecords()), 100);
  });
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return { paintMs: paint.startTime, resultMs, shift: entries.reduce((sum, { value }) => sum + value, 0) };
})()`;

/** What a page waits for, and what it loads besides when it starts threads. */
const PARTS = { core: ["oxbow.js"], threads: ["pool.js", "thread-group.js"] };

function sizes(): Figure[] {
  return Object.entries(PARTS).flatMap(([part, names]) => {
    const texts = names.map((name) => readFileSync(new URL(name, BUNDLE)));
    const kilobytes = (compress: (text: Buffer) => Buffer): number =>
      texts.reduce((sum, text) => sum + compress(text).length, 0) / 1000;
    const limit = part === "core" ? [atMost(120)] : [];
    return [
      figure(`${part}, brotli`, kilobytes(brotliCompressSync), "kB", ...limit),
      figure(
        `${part}, gzip`,
        kilobytes((text) => gzipSync(text, { level: 9 })),
        "kB",
      ),
    ];
  });
}

/** Calls a function of the page's module in a new page. */
async function inPage<Name extends keyof PageModule>(
  chromium: Chromium,
  name: Name,
  ...args: Parameters<PageModule[Name]>
): Promise<Awaited<ReturnType<PageModule[Name]>>> {
  const page = await chromium.open("isolated");
  try {
    return (await page.evaluate(
      async ([name, args]) => {
        const url = new URL(
          "./web-page.js",
          (globalThis as unknown as { location: URL }).location.href,
        );
        const module = (await import(url.href)) as Record<string, (...args: unknown[]) => unknown>;
        return await module[name as string]!(...(args as unknown[]));
      },
      [name, args] as const,
    )) as Awaited<ReturnType<PageModule[Name]>>;
  } finally {
    await page.close();
  }
}

async function loads(chromium: Chromium): Promise<Figure[]> {
  const samples: FirstResult[] = [];
  for (let load = 0; load < LOADS; load++) samples.push(await inPage(chromium, "firstResult"));
  const [first] = samples;
  return [
    figure("package loaded, the first time", first!.loadedMs, "ms"),
    figure("first result, the first time", first!.resultMs, "ms", atMost(150)),
    figure(
      "first result, median of later pages",
      medianOf(samples.slice(1).map(({ resultMs }) => resultMs)),
      "ms",
      atMost(150),
    ),
  ];
}

/** The same program at once in Node.js and in a page. */
async function one(chromium: Chromium): Promise<Figure[]> {
  const heap = Heap.create();
  const here: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    using environment = Environment.create(heap);
    const start = performance.now();
    runProgramSync(environment, FIB);
    here.push(performance.now() - start);
  }
  const there = await inPage(chromium, "runTimes", FIB, ROUNDS);
  const [node, page] = [Math.min(...here), Math.min(...there)];
  return [
    figure("(fib 24) in Node.js", node, "ms"),
    figure("(fib 24) in a page", page, "ms"),
    figure("(fib 24) in a page / in Node.js", page / node, "ratio"),
  ];
}

async function two(chromium: Chromium): Promise<Figure[]> {
  const { oneMs, twoMs } = await inPage(chromium, "speedUp", QUEENS, "(queens 9)", 8, ROUNDS + 3);
  const [single, double] = [medianOf(oneMs), medianOf(twoMs)];
  return [
    figure("one-thread", single, "ms"),
    figure("two-threads", double, "ms"),
    figure("two-threads / one-thread (speed-up)", single / double, "ratio", atLeast(1.7)),
  ];
}

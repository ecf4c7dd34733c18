/**
 * Site module: the module from which every thread that evaluates for a pool makes its site, the pool's
 * owner included.
 *
 *   SM1  Whatever is wrong with the module is ERR_SITE_MODULE with the module's own error as cause, on the
 *        thread that looked at it; nothing of the pool waits for a thread that has no site.
 */
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { OxbowError } from "../base/errors.js";
import { after } from "../base/timer.js";
import type { Heap } from "../memory/heap.js";
import { Vocabulary } from "../term/vocabulary.js";
import type { Site } from "./site.js";

/** What a site module exports. */
interface SiteModule {
  readonly createSite: (heap: Heap) => Site | Promise<Site>;
}

const HINT = 'give it as new URL("./site.mjs", import.meta.url)';

/** The URL of a site module. Throws ERR_SITE_MODULE for a path that is relative: nobody knows to what. */
export function siteModuleUrl(siteModule: string | URL): string {
  if (siteModule instanceof URL) return siteModule.href;
  if (isAbsolute(siteModule)) return pathToFileURL(siteModule).href;
  if (URL.canParse(siteModule)) return siteModule;
  throw new OxbowError(
    "ERR_SITE_MODULE",
    `cannot load the site module ${siteModule}: it is no URL; ${HINT}`,
    { module: siteModule },
  );
}

/**
 * Loads the module at a URL and makes this thread's site. Throws ERR_SITE_MODULE (SM1), also if that is not done
 * within `timeMs`; what the module does until then is not taken back.
 */
export async function loadSite(heap: Heap, url: string, timeMs: number): Promise<Site> {
  let callOff = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `it has made none within ${timeMs} ms`;
    callOff = after(timeMs, () => reject(new Error(message)));
  });
  try {
    return await Promise.race([makeSite(heap, url), late]);
  } catch (error) {
    throw siteModuleError(url, describeThrown(error), error);
  } finally {
    callOff();
  }
}

async function makeSite(heap: Heap, url: string): Promise<Site> {
  const { createSite } = (await import(url)) as Partial<SiteModule>;
  if (typeof createSite !== "function") {
    throw new TypeError("it exports no function createSite(heap)");
  }
  const site: unknown = await createSite(heap);
  assertSite(site, heap);
  return site;
}

/** ERR_SITE_MODULE for a reason. */
export function siteModuleError(url: string, reason: string, cause?: unknown): OxbowError {
  const message = `cannot make a site from the module ${url}: ${reason}`;
  return new OxbowError("ERR_SITE_MODULE", message, { module: url }, { cause });
}

function describeThrown(error: unknown): string {
  return error instanceof Error ? error.message : `it threw ${inspect(error)}`;
}

function assertSite(value: unknown, heap: Heap): asserts value is Site {
  const site = value as Partial<Site> | null | undefined;
  const isSite =
    typeof site === "object" &&
    site !== null &&
    typeof site.vocabulary === "object" &&
    typeof site.environmentAt === "function" &&
    typeof site.evaluate === "function";
  if (!isSite) throw new TypeError("createSite gave no site; use siteWith(heap, library)");
  if (site.vocabulary?.heap !== heap) {
    throw new TypeError("createSite gave a site for another heap than the one it was given");
  }
  // Symbols are identical within one copy only.
  if (!(site.vocabulary instanceof Vocabulary)) {
    throw new TypeError("createSite gave a site of another copy of the package oxbow");
  }
}

/**
 * Library module: the module from which every thread that evaluates for a pool makes its library, the pool's
 * owner included. Functions cannot be sent to a thread; a module can be named to it.
 *
 *     export function library() {
 *       const made = standardLibrary();
 *       made.addOperation(operation({ … }));
 *       return made;
 *     }
 *
 * A site module makes the whole site of a thread (site.ts): what is to be evaluated by something else than a library.
 *
 *   MO1  Whatever is wrong with the module is ERR_LIBRARY_MODULE with the module's own error as cause, on the
 *        thread that looked at it; nothing of the pool waits for a thread that has no site.
 */
import { describeValue } from "../base/describe.js";
import { OxbowError } from "../base/errors.js";
import { after } from "../base/timer.js";
import { Library } from "../eval/library/library.js";
import type { RuleProfile } from "../eval/rules/rule-profile.js";
import type { Heap } from "../memory/heap.js";
import { platform } from "../platform/current.js";
import { siteWith } from "./library-site.js";
import type { Site } from "./site.js";

/** What a module exports for the threads of a pool. */
interface ThreadExports {
  readonly library: () => Library | Promise<Library>;
  readonly createSite: (heap: Heap) => Site | Promise<Site>;
}

/** A module for the threads of a pool. */
export interface ThreadModule {
  /** What it exports. */
  readonly exported: keyof ThreadExports;
  readonly url: string;
}

const HINT = 'give it as new URL("./library.mjs", import.meta.url)';

/** A library module. Throws ERR_LIBRARY_MODULE for a path that is relative: nobody knows to what. */
export function libraryModule(module: string | URL): ThreadModule {
  return { exported: "library", url: moduleUrl(module) };
}

/** A site module. Throws as {@link libraryModule}. */
export function siteModule(module: string | URL): ThreadModule {
  return { exported: "createSite", url: moduleUrl(module) };
}

function moduleUrl(module: string | URL): string {
  if (module instanceof URL) return module.href;
  if (platform.paths.isAbsolute(module)) return platform.paths.toUrl(module);
  if (URL.canParse(module)) return module;
  throw new OxbowError(
    "ERR_LIBRARY_MODULE",
    `cannot load the library module ${module}: it is no URL; ${HINT}`,
    { module },
  );
}

/**
 * Loads a module and makes this thread's site. Throws ERR_LIBRARY_MODULE (MO1), also if that is not done
 * within `timeMs`; what the module does until then is not taken back.
 */
export async function loadSite(
  heap: Heap,
  module: ThreadModule,
  timeMs: number,
  profile: RuleProfile | null = null,
): Promise<Site> {
  let callOff = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `it has made none within ${timeMs} ms`;
    callOff = after(timeMs, () => reject(new Error(message)));
  });
  try {
    return await Promise.race([makeSite(heap, module, profile), late]);
  } catch (error) {
    throw libraryModuleError(module, describeThrown(error), error);
  } finally {
    callOff();
  }
}

async function makeSite(
  heap: Heap,
  { exported, url }: ThreadModule,
  profile: RuleProfile | null,
): Promise<Site> {
  const { library, createSite } = (await import(url)) as Partial<ThreadExports>;
  if (exported === "createSite" && createSite !== undefined) return await createSite(heap);
  if (typeof library !== "function") throw new TypeError("it exports no function library()");
  const made: unknown = await library();
  assertLibrary(made);
  return siteWith(heap, made, null, profile);
}

/** ERR_LIBRARY_MODULE for a reason. */
export function libraryModuleError(
  { url }: ThreadModule,
  reason: string,
  cause?: unknown,
): OxbowError {
  const message = `cannot make a library from the module ${url}: ${reason}`;
  return new OxbowError("ERR_LIBRARY_MODULE", message, { module: url }, { cause });
}

function describeThrown(error: unknown): string {
  return error instanceof Error ? error.message : `it threw ${describeValue(error)}`;
}

function assertLibrary(value: unknown): asserts value is Library {
  if (value instanceof Library) return;
  const made = Object(value) as { readonly constructor?: { readonly name?: unknown } };
  // Symbols are identical within one copy only.
  if (made.constructor?.name === Library.name) {
    throw new TypeError("library() gave a Library of another copy of the package oxbow");
  }
  throw new TypeError("library() gave no Library; standardLibrary() makes one");
}

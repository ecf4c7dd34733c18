/**
 * Modules of a program: which ones it has loaded. That stands in the environment (environment/settings.ts), so
 * every thread and every clone knows the same.
 *
 *     module <key>   (name host? space (word value) …)
 *
 *     included <path>   True
 *
 * A key is the path of a file, or a name of the engine's; `space` is the key that the module's space goes by, "" for
 * none.
 */
import type { Handle } from "../../environment/handle.js";
import { moduleOf, moduleSpace } from "../../environment/module-space.js";
import { changeSetting, findSetting, settingsFrom } from "../../environment/settings.js";
import {
  type Atom,
  boolean,
  EXPRESSION,
  expression,
  type SpaceAtom,
  STRING,
  string,
} from "../../term/atom.js";
import type { Library } from "../library/library.js";

const MODULE = "module ";
const INCLUDED = "included ";
const TRUE = boolean(true);

/** A module that a program has loaded. */
export interface LoadedModule {
  /** The path of its file; the name of one that comes with the engine. */
  readonly key: string;
  readonly name: string;
  /** What the module's text was run in; null for a module of operations only. */
  readonly space: SpaceAtom | null;
  /** What importing it makes words stand for. */
  readonly words: readonly (readonly [string, Atom])[];
  /** Whether it comes with the engine. */
  readonly isHost: boolean;
}

/** The module of that key, if the program has loaded it. */
export function findModule(handle: Handle, key: string): LoadedModule | undefined {
  const entry = findSetting(handle, MODULE + key);
  return entry === undefined ? undefined : readEntry(handle, key, entry);
}

/** All that the program has loaded. */
export function loadedModules(handle: Handle): LoadedModule[] {
  return settingsFrom(handle, MODULE).map(([key, entry]) => readEntry(handle, key, entry));
}

/** Notes that a module is loaded. Throws HeapExhaustedError. */
export function noteModule(handle: Handle, module: LoadedModule): void {
  const { key, name, words, isHost } = module;
  const pairs = words.map(([word, value]) => expression([string(word), value]));
  changeSetting(
    handle,
    MODULE + key,
    expression([
      string(name),
      boolean(isHost),
      string(moduleOf(handle, module.space) ?? ""),
      ...pairs,
    ]),
  );
  if (isHost) handle.definitions = handle.store.nextDefinitions();
}

/** Notes that a file's text is run by `include`. Throws HeapExhaustedError. */
export function noteIncluded(handle: Handle, path: string): void {
  changeSetting(handle, INCLUDED + path, TRUE);
}

/** The paths of files whose texts were run by `include`. */
export function includedFiles(handle: Handle): string[] {
  return settingsFrom(handle, INCLUDED).map(([path]) => path);
}

function readEntry(handle: Handle, key: string, entry: Atom): LoadedModule {
  const [name, isHost, space, ...pairs] = partsOf(entry);
  return {
    key,
    name: textOf(name),
    isHost: isTrue(isHost),
    space: textOf(space) === "" ? null : moduleSpace(handle, textOf(space)),
    words: pairs.map((pair) => {
      const [word, value] = partsOf(pair);
      return [textOf(word), value!] as const;
    }),
  };
}

function partsOf(atom: Atom | undefined): readonly Atom[] {
  return atom?.tag === EXPRESSION ? atom.children : [];
}

function textOf(atom: Atom | undefined): string {
  return atom?.tag === STRING ? atom.value : "";
}

function isTrue(atom: Atom | undefined): boolean {
  return atom === TRUE;
}

/** Which of the engine's modules the program has imported, one bit each in the order of their names. */
export function hostModulesOf(handle: Handle, { modules }: Library): number {
  let mask = 0;
  let bit = 1;
  for (const name of modules.keys()) {
    if (findSetting(handle, MODULE + name) !== undefined) mask |= bit;
    bit <<= 1;
  }
  return mask;
}

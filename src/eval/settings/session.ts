/**
 * Session: what the programs of one environment see of a library: its registry, with the operations of the engine's
 * modules that they have imported. Both may change while an evaluation runs.
 *
 *   LS1  What names mean is looked up for the definitions of the environment as they are now; where the host has changed
 *        the library, they become others, so that all that was found out about names is found out again.
 */
import type { Handle } from "../../environment/handle.js";
import type { Library } from "../library/library.js";
import type { Registry } from "../library/registry.js";
import { hostModulesOf } from "./loaded-modules.js";

export class Session {
  readonly library: Library;
  readonly #handle: Handle;
  #definitions = -1;
  #registry: Registry;
  /** The version of the library's own registry that is known. */
  #version: number;

  constructor(handle: Handle, library: Library) {
    this.library = library;
    this.#handle = handle;
    this.#registry = library.registry;
    this.#version = library.registry.version;
  }

  /** What names mean now. */
  get registry(): Registry {
    const { definitions } = this.#handle;
    if (definitions !== this.#definitions) {
      this.#definitions = definitions;
      this.#registry = this.library.withModules(hostModulesOf(this.#handle, this.library));
    }
    return this.#registry;
  }

  /** After the host had its turn: it may have changed the library (LS1). */
  noteChanges(): void {
    const { version } = this.library.registry;
    if (version === this.#version) return;
    this.#version = version;
    this.#handle.definitions = this.#handle.store.nextDefinitions();
  }
}

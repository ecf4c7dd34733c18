/** Modules that come with the engine: operations of the host, words that importing binds, MeTTa text. */
import type { Atom } from "../../term/atom.js";
import type { Operation, OperationContext } from "../host/operation.js";
import type { Permissions } from "../host/permissions.js";

export interface HostModule {
  /** For programs of a library with these permissions. */
  operations(permissions: Permissions): readonly Operation[];
  /** What importing it makes words stand for. */
  words?(context: OperationContext): readonly (readonly [string, Atom])[];
  /** Run in a space of the module's own. */
  readonly text?: string;
}

/** Known tables: those that are complete, for whoever evaluates a branch of what has made them (TB5). */
import type { TablesAround } from "../machine/branches.js";
import type { AtomDictionary } from "./atom-dictionary.js";
import type { Table } from "./table.js";

export interface KnownTables extends TablesAround {
  readonly dictionary: AtomDictionary;
  /** The table of a call's key, complete; what was read for it may have changed. */
  find(key: string): Table | undefined;
  /** All of them, each key once. */
  tables(): Iterable<Table>;
}

/**
 * A program as the server knows it: its text, its items, and what these say. After a change only items
 * whose text is new are read again.
 */

import { TextDocument } from "vscode-languageserver-textdocument";
import type { Range } from "vscode-languageserver-types";
import { type ItemSyntax, readSyntax, type Syntax } from "../syntax/tree.js";
import { type Definition, factsOf, type ItemFacts, type Place } from "./item-facts.js";

/** An item where it stands. */
export interface Item {
  /** UTF-16 code units from the start of the text. */
  readonly start: number;
  readonly syntax: ItemSyntax;
  readonly facts: ItemFacts;
}

export interface PlacedDefinition {
  readonly document: ProgramDocument;
  readonly item: Item;
  readonly definition: Definition;
}

export class ProgramDocument {
  readonly uri: string;
  readonly #source: TextDocument;
  readonly syntax: Syntax;
  /** In the order of the text. */
  readonly items: readonly Item[];
  readonly #byText: Map<string, ItemSyntax> = new Map();
  /** Shared by all versions of the program. */
  readonly #facts: WeakMap<ItemSyntax, ItemFacts>;
  readonly #definitions: Map<string, PlacedDefinition[]> = new Map();
  readonly #known = new Set<string>();
  readonly #shapes = new Set<string>();

  /** @param before what the same file was, of which what has not changed is taken over. */
  constructor(source: TextDocument, before?: ProgramDocument) {
    this.uri = source.uri;
    this.#source = source;
    this.syntax = readSyntax(source.getText(), before === undefined ? undefined : before.#byText);
    const facts = before === undefined ? new WeakMap<ItemSyntax, ItemFacts>() : before.#facts;
    this.#facts = facts;
    this.items = this.syntax.items.map(({ start, syntax }) => {
      return { start, syntax, facts: facts.get(syntax) ?? factsOf(syntax) };
    });
    for (const item of this.items) this.#collect(item);
  }

  static of(uri: string, text: string): ProgramDocument {
    return new ProgramDocument(TextDocument.create(uri, "metta", 0, text));
  }

  #collect(item: Item): void {
    const { definitions, known, shapes } = item.facts;
    this.#byText.set(item.syntax.text, item.syntax);
    this.#facts.set(item.syntax, item.facts);
    for (const definition of definitions) {
      const list = this.#definitions.get(definition.name);
      const placed = { document: this, item, definition };
      if (list === undefined) this.#definitions.set(definition.name, [placed]);
      else list.push(placed);
    }
    for (const name of known) this.#known.add(name);
    for (const shape of shapes) this.#shapes.add(shape);
  }

  get text(): string {
    return this.#source.getText();
  }

  get version(): number {
    return this.#source.version;
  }

  /** The names that are defined. */
  get names(): Iterable<string> {
    return this.#definitions.keys();
  }

  /** Words of which something is said outside of what is evaluated. */
  get known(): ReadonlySet<string> {
    return this.#known;
  }

  /** As {@link ItemFacts.shapes}. */
  get shapes(): ReadonlySet<string> {
    return this.#shapes;
  }

  definitionsOf(name: string): readonly PlacedDefinition[] {
    return this.#definitions.get(name) ?? [];
  }

  /** The item that an offset is in, or at the end of. Logarithmic in the number of items. */
  itemAt(offset: number): Item | undefined {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.items[middle]!.start <= offset) low = middle + 1;
      else high = middle;
    }
    const item = this.items[low - 1];
    return item !== undefined && offset <= item.start + item.syntax.text.length ? item : undefined;
  }

  offsetAt(position: Range["start"]): number {
    return this.#source.offsetAt(position);
  }

  /** The range of a place in an item; of one in the text where no item is given. */
  rangeOf({ start, end }: Place, item?: Item): Range {
    const shift = item?.start ?? 0;
    return {
      start: this.#source.positionAt(shift + start),
      end: this.#source.positionAt(shift + end),
    };
  }
}

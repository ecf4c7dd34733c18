/**
 * The programs that an editor knows: those that are open in it, those of its folders, and what they
 * import. Programs that import each other, directly or not, are a family: they share their names.
 */
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Import } from "./item-facts.js";
import { ProgramDocument } from "./program-document.js";

/** Programs of the folders of an editor that are read; what is imported is read in any case. */
const MOST_FILES = 2_000;

/** Where programs come from that are not open. */
export interface ProgramSource {
  /** The text of a program; undefined if it cannot be read. */
  readonly readText: (uri: string) => string | undefined;
  /** Where the file of a module is that a program imports; undefined if that is not known. */
  readonly uriOfModule: (from: string, name: string) => string | undefined;
}

export class Workspace {
  readonly #source: ProgramSource;
  readonly #documents: Map<string, ProgramDocument> = new Map();
  readonly #open = new Set<string>();
  /** Files that could not be read. */
  readonly #missing = new Set<string>();
  #families: Map<string, readonly ProgramDocument[]> | null = null;

  constructor(source: ProgramSource) {
    this.#source = source;
  }

  /** Reads programs that belong to it without being open. */
  addAll(uris: Iterable<string>): void {
    for (const uri of uris) {
      if (this.#documents.size >= MOST_FILES) return;
      this.#load(uri);
    }
  }

  /** A program as it is in the editor now. */
  change(source: TextDocument): ProgramDocument {
    const document = new ProgramDocument(source, this.#documents.get(source.uri));
    this.#open.add(source.uri);
    this.#put(document);
    return document;
  }

  /** A program is not in the editor any more: it is what the file is. */
  close(uri: string): void {
    this.#open.delete(uri);
    this.reload(uri);
  }

  /** A file may have been written, made or deleted. */
  reload(uri: string): void {
    this.#missing.clear();
    if (this.#open.has(uri)) return;
    this.#documents.delete(uri);
    this.#families = null;
    this.#load(uri);
  }

  get(uri: string): ProgramDocument | undefined {
    return this.#documents.get(uri);
  }

  all(): Iterable<ProgramDocument> {
    return this.#documents.values();
  }

  isOpen(uri: string): boolean {
    return this.#open.has(uri);
  }

  /** The document, and all that it shares its names with. */
  familyOf(document: ProgramDocument): readonly ProgramDocument[] {
    this.#families ??= this.#findFamilies();
    return this.#families.get(document.uri) ?? [document];
  }

  /** The document that an import means, if there is one. */
  imported(from: ProgramDocument, { name }: Import): ProgramDocument | undefined {
    const uri = this.#source.uriOfModule(from.uri, name);
    return uri === undefined ? undefined : this.#documents.get(uri);
  }

  #put(document: ProgramDocument): void {
    const before = this.#documents.get(document.uri);
    this.#documents.set(document.uri, document);
    const isSame = before !== undefined && namesOfImports(before) === namesOfImports(document);
    if (isSame) this.#replaceInFamily(before, document);
    else this.#families = null;
    if (!isSame) for (const uri of this.#importedUris(document)) this.#load(uri);
  }

  /** Who belongs together is the same, so only the document itself is another. */
  #replaceInFamily(before: ProgramDocument, document: ProgramDocument): void {
    const family = this.#families?.get(document.uri);
    const changed = family?.map((each) => (each === before ? document : each));
    for (const each of changed ?? []) this.#families?.set(each.uri, changed!);
  }

  #load(uri: string): void {
    const pending = [uri];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (this.#documents.has(next) || this.#missing.has(next)) continue;
      const text = this.#source.readText(next);
      if (text === undefined) {
        this.#missing.add(next);
        continue;
      }
      const document = ProgramDocument.of(next, text);
      this.#documents.set(next, document);
      this.#families = null;
      pending.push(...this.#importedUris(document));
    }
  }

  #findFamilies(): Map<string, readonly ProgramDocument[]> {
    const neighbours = new Map<string, Set<string>>();
    const link = (one: string, other: string): void => {
      neighbours.set(one, (neighbours.get(one) ?? new Set()).add(other));
    };
    for (const document of this.#documents.values()) {
      for (const uri of this.#importedUris(document)) {
        link(document.uri, uri);
        link(uri, document.uri);
      }
    }
    const families = new Map<string, readonly ProgramDocument[]>();
    for (const uri of this.#documents.keys()) {
      if (families.has(uri)) continue;
      const family = this.#reached(uri, neighbours);
      for (const document of family) families.set(document.uri, family);
    }
    return families;
  }

  #reached(start: string, neighbours: ReadonlyMap<string, ReadonlySet<string>>): ProgramDocument[] {
    const seen = new Set([start]);
    // A set goes on with what is added to it meanwhile.
    for (const uri of seen) for (const next of neighbours.get(uri) ?? []) seen.add(next);
    return [...seen].flatMap((uri) => this.#documents.get(uri) ?? []);
  }

  #importedUris(document: ProgramDocument): string[] {
    const names = document.items.flatMap(({ facts }) => facts.imports.map(({ name }) => name));
    return names.flatMap((name) => this.#source.uriOfModule(document.uri, name) ?? []);
  }
}

function namesOfImports(document: ProgramDocument): string {
  return document.items.flatMap(({ facts }) => facts.imports.map(({ name }) => name)).join("\n");
}

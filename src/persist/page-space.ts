/**
 * Page space: which pages of the data file are in use, by which snapshots, and which may be written.
 *
 *     page    born 3, died 5:  snapshots 3 and 4 refer to it
 *             born 3:          3 and all later ones do, as far as they are kept
 *
 * Snapshots follow each other, and each takes over the pages of the one before that did not change. So the
 * snapshots that refer to a page are those from one number up to another.
 *
 * Invariants
 *   FP1  A page is given out only if no snapshot in the catalogue of either meta page refers to it (PS1).
 *   FP2  What was given out for a snapshot that failed is free again; if its meta page may have been written, only
 *        after the meta page of another was.
 */
import { META_PAGES } from "./format.js";

interface DeadPage {
  readonly page: number;
  readonly born: number;
  readonly died: number;
}

export class PageSpace {
  /** Pages from here on were never in use. */
  #end: number = META_PAGES;
  /** By page: the first snapshot that refers to it. */
  readonly #born = new Map<number, number>();
  #dead: DeadPage[] = [];
  /** In descending order. */
  #free: number[] = [];
  #given: number[] = [];
  #released: DeadPage[] = [];
  /** Given out for a snapshot whose meta page may have been written, though it was not reported (FP2). */
  #doubtful: number[] = [];

  get end(): number {
    return this.#end;
  }

  /** Pages that nothing refers to, or soon nothing will. */
  get spare(): number {
    return this.#free.length + this.#dead.length + this.#doubtful.length;
  }

  /** While a store is opened: the page is referred to by snapshots from `born` to before `died` (0: the last one still does). */
  note(page: number, born: number, died: number): void {
    this.#end = Math.max(this.#end, page + 1);
    if (died === 0) this.#born.set(page, born);
    else this.#dead.push({ page, born, died });
  }

  /** While a store is opened: every page below `end` that was not noted is free. */
  noteRest(end: number): void {
    this.#end = Math.max(this.#end, end);
    const used = new Set([...this.#born.keys(), ...this.#dead.map(({ page }) => page)]);
    for (let page = this.#end - 1; page >= META_PAGES; page--) {
      if (!used.has(page)) this.#free.push(page);
    }
  }

  /** Begins a snapshot: what none of the protected ones refers to may be used again, unless somebody reads. */
  begin(isProtected: readonly number[], mayReuse: boolean): void {
    this.#given = [];
    this.#released = [];
    if (!mayReuse) return;
    const isNeeded = ({ born, died }: DeadPage): boolean =>
      isProtected.some((id) => id >= born && id < died);
    const still = this.#dead.filter(isNeeded); // FP1
    if (still.length === this.#dead.length) return;
    for (const dead of this.#dead) if (!isNeeded(dead)) this.#free.push(dead.page);
    this.#free.sort((left, right) => right - left);
    this.#dead = still;
  }

  /** A page for snapshot `id`. `mayReuse` as in {@link begin}. */
  allocate(id: number, mayReuse: boolean): number {
    const page = (mayReuse ? this.#free.pop() : undefined) ?? this.#end++;
    this.#born.set(page, id);
    this.#given.push(page);
    return page;
  }

  /** So many pages in a row for snapshot `id`: the first. */
  allocateRun(id: number, count: number, mayReuse: boolean): number {
    if (count === 1) return this.allocate(id, mayReuse);
    const first = this.#end;
    for (let page = first; page < first + count; page++) {
      this.#born.set(page, id);
      this.#given.push(page);
    }
    this.#end += count;
    return first;
  }

  /** Snapshot `id` and later ones do not refer to the page. */
  release(page: number, id: number): void {
    const born = this.#born.get(page);
    if (born !== undefined) this.#released.push({ page, born, died: id });
  }

  /** The snapshot is there. */
  commit(): void {
    for (const dead of this.#released) {
      this.#born.delete(dead.page);
      this.#dead.push(dead);
    }
    this.#free.push(...this.#doubtful);
    this.#free.sort((left, right) => right - left);
    this.#doubtful = [];
    this.#given = [];
    this.#released = [];
  }

  /** The snapshot failed (FP2). */
  abort(metaMayBeWritten: boolean): void {
    for (const page of this.#given) {
      this.#born.delete(page);
      if (metaMayBeWritten) this.#doubtful.push(page);
      else this.#free.push(page);
    }
    this.#free.sort((left, right) => right - left);
    this.#given = [];
    this.#released = [];
  }
}

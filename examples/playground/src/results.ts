/**
 * The results beside the program, each at the line of its `!`.
 *
 *     (parent Ann Bob)            │
 *     !(ancestor Ann)             │  5  Bob  Cid
 *     !(ancestor Cid)             │  6  no results
 *
 * Where two would lie on each other the later one is moved down. Rows are placed by a transform, which moves nothing else. On a narrow
 * page they are a list below the program.
 */
import { make } from "./elements.js";
import type { Outcome, Place, Relation } from "./run.js";

/** Where rows belong. */
export interface Lines {
  /** Pixels from the top of the program to that of a line, which counts from 1; null while another file is shown. */
  topOf(line: number): number | null;
  /** Whether the results stand beside the program, and not below it. */
  areBeside(): boolean;
  /** Scrolls until a row can be seen, if none can. */
  reveal(row: HTMLElement): void;
}

const GAP = 4;
/** Rows of one `!` that are shown before somebody asks for all. */
const FEW = 60;

interface Row {
  readonly element: HTMLElement;
  readonly body: HTMLElement;
  readonly button: HTMLButtonElement;
  place: Place;
  printed: string;
}

export class Results {
  readonly #parent: HTMLElement;
  readonly #lines: Lines;
  readonly #goTo: (place: Place) => void;
  readonly #rows = new Map<string, Row>();
  readonly #list = make("ol", "rows");
  readonly #tail = make("div", "tail");
  #isPlacing = false;
  #then: (() => void) | undefined;
  /** Whether what is shown is of an earlier run. */
  #isOld = true;

  /** `goTo` is called with the place of a row that was clicked. */
  constructor(parent: HTMLElement, lines: Lines, goTo: (place: Place) => void) {
    this.#parent = parent;
    this.#lines = lines;
    this.#goTo = goTo;
    new ResizeObserver(() => this.place()).observe(parent);
    this.showNothing();
  }

  /** Before the first run. */
  showNothing(): void {
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#tail.replaceChildren();
    this.#parent.replaceChildren(
      make(
        "div",
        "empty",
        make(
          "p",
          "",
          "A program is facts, like ",
          make("code", "", "(parent Ann Bob)"),
          ", and rules, like ",
          make("code", "", "(= (double $x) (* 2 $x))"),
          ".",
        ),
        make(
          "p",
          "",
          "Each ",
          make("code", "", "!"),
          " asks for something. Run the program, and what it gives stands here, beside its line.",
        ),
      ),
    );
  }

  /** A run begins. What is there stays until the run tells of something. */
  start(): void {
    this.#isOld = true;
  }

  /** The run has these questions. */
  begin(places: readonly Place[]): void {
    this.#renew();
    for (const place of places) this.#rowAt(place).element.classList.add("waiting");
    if (places.length === 0) {
      this.#tail.append(
        make(
          "p",
          "hint",
          "There is no ",
          make("code", "", "!"),
          " in this program, so nothing was asked.",
        ),
      );
    }
    this.place(() => this.#reveal());
  }

  /** Where all is out of sight, the first row is shown. */
  #reveal(): void {
    const elements = [...this.#rows.values()].map(({ element }) => element);
    const isInSight = elements.some((element) => {
      const { top } = element.getBoundingClientRect();
      return top >= 0 && top < window.innerHeight;
    });
    if (!isInSight && elements.length > 0) this.#lines.reveal(elements[0]!);
  }

  printed(text: string): void {
    const row = [...this.#rows.values()].find(({ element }) =>
      element.classList.contains("waiting"),
    );
    if (row === undefined) return;
    row.printed += text;
    row.body.replaceChildren(...printedOf(row));
    this.place();
  }

  add(outcome: Outcome): void {
    const row = this.#rowAt(outcome);
    row.element.classList.remove("waiting");
    row.element.classList.toggle(
      "wrong",
      outcome.results.some(({ isError }) => isError),
    );
    row.body.replaceChildren(...printedOf(row), ...valuesOf(outcome, () => this.place()));
    this.place();
  }

  fail(message: string, place: Place | undefined): void {
    this.#renew();
    if (place === undefined) {
      this.#tail.append(make("p", "failure", message));
    } else {
      const row = this.#rowAt(place);
      row.element.classList.remove("waiting");
      row.element.classList.add("failed");
      row.body.append(make("p", "failure", message));
    }
    this.place();
  }

  /** A run has ended: what has no outcome gets none any more. */
  end(why: "completed" | "stopped"): void {
    for (const { element, body } of this.#rows.values()) {
      if (!element.classList.contains("waiting")) continue;
      element.classList.remove("waiting");
      body.append(make("span", "none", why === "stopped" ? "stopped" : "not run"));
    }
    this.place();
  }

  /** What the program holds in the end. */
  showRelations(relations: readonly Relation[]): void {
    if (relations.length === 0) return;
    const table = make(
      "table",
      "",
      ...relations.map(({ kind, name, count }) =>
        make(
          "tr",
          "",
          make("td", "", name === "" ? "—" : name),
          make("td", "", kind),
          make("td", "", count.toLocaleString("en")),
        ),
      ),
    );
    table.prepend(make("caption", "for-readers", "Atoms of the program"));
    const details = make(
      "details",
      "relations",
      make("summary", "", "What the program holds now"),
      table,
    );
    details.addEventListener("toggle", () => this.place());
    this.#tail.append(details);
    this.place();
  }

  /** The program was edited: rows go with their lines. */
  move(lineOf: (line: number) => number): void {
    for (const row of this.#rows.values()) {
      row.place = { ...row.place, line: lineOf(row.place.line) };
      row.button.textContent = String(row.place.line);
    }
    this.place();
  }

  /** Puts each row beside its line, soon; `then` is called behind that. */
  place(then?: () => void): void {
    if (then !== undefined) this.#then = then;
    if (this.#isPlacing) return;
    this.#isPlacing = true;
    requestAnimationFrame(() => {
      this.#isPlacing = false;
      this.#placeNow();
      this.#then?.();
      this.#then = undefined;
    });
  }

  #placeNow(): void {
    const isBeside = this.#lines.areBeside();
    const rows = [...this.#rows.values()].toSorted(
      (one, other) => one.place.line - other.place.line,
    );
    const heights = rows.map(({ element }) => element.offsetHeight);
    let free = 0;
    for (const [index, { element, place }] of rows.entries()) {
      const wanted = isBeside ? (this.#lines.topOf(place.line) ?? 0) : 0;
      const top = Math.max(wanted, free);
      element.style.transform = isBeside ? `translateY(${top}px)` : "";
      free = top + heights[index]! + GAP;
    }
    this.#tail.style.transform = isBeside ? `translateY(${free}px)` : "";
    this.#list.style.height = isBeside ? "0" : "";
    this.#parent.style.minHeight = isBeside ? `${free + this.#tail.offsetHeight}px` : "";
  }

  #renew(): void {
    if (!this.#isOld) return;
    this.#isOld = false;
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#tail.replaceChildren();
    this.#parent.replaceChildren(this.#list, this.#tail);
  }

  #rowAt(place: Place): Row {
    const key = `${place.line}:${place.column}`;
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const button = make("button", "where", String(place.line));
    const body = make("div", "body");
    const row: Row = { element: make("li", "row", button, body), body, button, place, printed: "" };
    button.type = "button";
    button.title = `Go to line ${place.line}`;
    button.addEventListener("click", () => this.#goTo(row.place));
    this.#rows.set(key, row);
    this.#list.append(row.element);
    return row;
  }
}

function printedOf({ printed }: Row): HTMLElement[] {
  return printed === "" ? [] : [make("pre", "printed", printed.replace(/\n$/, ""))];
}

function valuesOf({ results, hidden, stopped }: Outcome, changed: () => void): HTMLElement[] {
  const items = results.map(({ text, isError }) =>
    make("span", isError ? "value error" : text === "()" ? "value unit" : "value", text),
  );
  const shown = items.length === 0 ? [make("span", "none", "no results")] : items.slice(0, FEW);
  const values = make("div", "values", ...shown);
  const found: HTMLElement[] = [values];
  if (items.length > FEW) {
    const more = make(
      "button",
      "control quiet small",
      `Show all ${items.length.toLocaleString("en")}`,
    );
    more.type = "button";
    more.addEventListener("click", () => {
      values.append(...items.slice(FEW));
      more.remove();
      changed();
    });
    found.push(more);
  }
  if (hidden > 0) found.push(make("p", "hint", `and ${hidden.toLocaleString("en")} more`));
  if (stopped !== undefined) found.push(make("p", "stopped", `Ended early: ${stopped}.`));
  return found;
}

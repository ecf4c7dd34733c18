/** The list of examples, with what was there before one of them was chosen. */

import { make } from "./elements.js";
import { EXAMPLES } from "./examples.js";
import type { Program } from "./program.js";

const EARLIER = "earlier";

export class ExamplesMenu {
  readonly #select: HTMLSelectElement;
  #earlier: Program | undefined;

  /** `open` is called with what was chosen. */
  constructor(select: HTMLSelectElement, open: (program: Program) => void) {
    this.#select = select;
    this.offer(undefined);
    select.addEventListener("change", () => {
      const chosen = select.value === EARLIER ? this.#earlier : EXAMPLES.get(select.value);
      select.value = "";
      if (chosen !== undefined) open(chosen);
    });
  }

  /** What was there before can be had again. */
  offer(earlier: Program | undefined): void {
    this.#earlier = earlier;
    const title = make("option", "", "Examples");
    title.value = "";
    title.hidden = true;
    title.selected = true;
    const names = [...EXAMPLES.keys()].map((name) => make("option", "", name));
    const back = make("option", "", "What I had before");
    back.value = EARLIER;
    this.#select.replaceChildren(title, ...names, ...(earlier === undefined ? [] : [back]));
  }
}

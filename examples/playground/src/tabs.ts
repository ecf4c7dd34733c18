/** The files as tabs: arrow keys go from one to the next, as in any list of tabs. */
import { make } from "./elements.js";

export class Tabs {
  readonly #parent: HTMLElement;
  readonly #choose: (name: string) => void;

  constructor(parent: HTMLElement, choose: (name: string) => void) {
    this.#parent = parent;
    this.#choose = choose;
    parent.addEventListener("keydown", (event) => this.#onKey(event));
  }

  show(names: readonly string[], chosen: string): void {
    const hadFocus = this.#parent.contains(document.activeElement);
    const tabs = names.map((name) => this.#tab(name, name === chosen));
    this.#parent.replaceChildren(...tabs);
    if (hadFocus) tabs[names.indexOf(chosen)]?.focus();
  }

  #tab(name: string, isChosen: boolean): HTMLElement {
    const tab = make("button", "tab", name);
    tab.type = "button";
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-selected", String(isChosen));
    tab.setAttribute("aria-controls", "editor");
    tab.tabIndex = isChosen ? 0 : -1;
    tab.addEventListener("click", () => this.#choose(name));
    return tab;
  }

  #onKey(event: KeyboardEvent): void {
    const tabs = [...this.#parent.querySelectorAll<HTMLElement>("[role=tab]")];
    const at = tabs.indexOf(document.activeElement as HTMLElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[
      event.key
    ];
    if (next === undefined || at < 0) return;
    event.preventDefault();
    tabs[(next + tabs.length) % tabs.length]?.click();
  }
}

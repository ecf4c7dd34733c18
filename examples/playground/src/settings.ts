/** The settings: threads, limits, colours. */
import { byId, make } from "./elements.js";
import type { RunLimits, Theme } from "./storage.js";

/** Threads that are offered, unless a program wants more. */
const MOST_THREADS = 8;

export class Settings {
  readonly #threads = byId("threads", HTMLSelectElement);
  readonly #time = byId("max-time", HTMLSelectElement);
  readonly #results = byId("max-results", HTMLSelectElement);
  readonly #memory = byId("max-memory", HTMLSelectElement);
  readonly #theme = byId("theme", HTMLSelectElement);

  /** `missing` is what the page lacks for threads, one sentence each. */
  constructor(missing: readonly string[], changed: () => void) {
    const cores = Math.max(2, Math.min(navigator.hardwareConcurrency, MOST_THREADS));
    const most = missing.length > 0 ? 1 : cores;
    for (let count = 1; count <= most; count++)
      this.#threads.append(make("option", "", String(count)));
    this.#threads.disabled = missing.length > 0;
    byId("isolation", HTMLElement).textContent =
      missing.length === 0 ? "" : `Programs run on one thread here: ${missing.join("; ")}.`;
    for (const select of [this.#threads, this.#time, this.#results, this.#memory, this.#theme]) {
      select.addEventListener("change", () => {
        this.#apply();
        changed();
      });
    }
    closeWhenLeft(byId("settings", HTMLDetailsElement));
  }

  get threads(): number {
    return Number(this.#threads.value);
  }

  /** As many as there can be. */
  set threads(count: number) {
    const most = this.#threads.options.length;
    this.#threads.value = String(Math.min(count, most));
  }

  get theme(): Theme {
    return this.#theme.value as Theme;
  }

  get limits(): RunLimits {
    return {
      maxTimeMs: this.#time.value === "" ? null : Number(this.#time.value),
      maxResults: Number(this.#results.value),
      maxMemoryMiB: Number(this.#memory.value),
    };
  }

  show({ maxTimeMs, maxResults, maxMemoryMiB }: RunLimits, theme: Theme): void {
    choose(this.#time, maxTimeMs === null ? "" : String(maxTimeMs));
    choose(this.#results, String(maxResults));
    choose(this.#memory, String(maxMemoryMiB));
    choose(this.#theme, theme);
    this.#apply();
  }

  #apply(): void {
    const { dataset } = document.documentElement;
    if (this.theme === "") delete dataset.theme;
    else dataset.theme = this.theme;
  }
}

/** Chooses a value if it is offered. */
function choose(select: HTMLSelectElement, value: string): void {
  if ([...select.options].some((option) => option.value === value)) select.value = value;
}

/** A menu closes by Escape, and when something else is used. */
function closeWhenLeft(menu: HTMLDetailsElement): void {
  document.addEventListener("pointerdown", ({ target }) => {
    if (!menu.contains(target as Node)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary")!.focus();
  });
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget !== null && !menu.contains(relatedTarget as Node)) menu.open = false;
  });
}

/** The dialog that adds, renames and deletes files. */
import { byId } from "./elements.js";
import { importOf, nameProblem } from "./program.js";

/** What somebody decided; undefined if nothing. */
export type Decision =
  | { readonly kind: "named"; readonly name: string }
  | { readonly kind: "deleted" }
  | undefined;

export class FileDialog {
  readonly #dialog = byId("file-dialog", HTMLDialogElement);
  readonly #title = byId("file-title", HTMLElement);
  readonly #name = byId("file-name", HTMLInputElement);
  readonly #problem = byId("file-problem", HTMLElement);
  readonly #use = byId("file-use", HTMLElement);
  readonly #delete = byId("file-delete", HTMLButtonElement);
  #others: readonly string[] = [];
  #decision: Decision;

  constructor() {
    this.#name.addEventListener("input", () => this.#check());
    this.#delete.addEventListener("click", () => {
      this.#decision = { kind: "deleted" };
      this.#dialog.close();
    });
    byId("file-cancel", HTMLButtonElement).addEventListener("click", () => this.#dialog.close());
    this.#dialog.querySelector("form")!.addEventListener("submit", (event) => {
      if (this.#check()) this.#decision = { kind: "named", name: this.#name.value.trim() };
      else event.preventDefault();
    });
  }

  /** Asks for the name of a file, a new one if none is given; `others` are those that it may not have. */
  async ask(others: readonly string[], name?: string): Promise<Decision> {
    this.#others = others;
    this.#decision = undefined;
    this.#title.textContent = name === undefined ? "Add a file" : `Edit ${name}`;
    this.#name.value = name ?? "";
    this.#delete.hidden = name === undefined;
    this.#problem.textContent = "";
    this.#use.textContent = importOf(name ?? "rivers.metta");
    const closed = new Promise<void>((resolve) => {
      this.#dialog.addEventListener("close", () => resolve(), { once: true });
    });
    this.#dialog.showModal();
    this.#name.focus();
    await closed;
    return this.#decision;
  }

  #check(): boolean {
    const typed = this.#name.value.trim();
    const problem = nameProblem(typed, this.#others);
    this.#problem.textContent = problem ?? "";
    if (problem === undefined) this.#use.textContent = importOf(typed);
    return problem === undefined;
  }
}

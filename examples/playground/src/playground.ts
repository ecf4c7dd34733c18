/** The playground: one program in the editor, its results beside it. */
import type { EditorState } from "@codemirror/state";
import type { EditorView, ViewUpdate } from "@codemirror/view";
import {
  createEditor,
  goTo,
  goToNextProblem,
  offsetAt,
  problemsIn,
  showProblems,
  stateOf,
} from "./editor.js";
import { byId } from "./elements.js";
import { type EngineWorker, Runner, startEngine } from "./engine.js";
import { FIRST } from "./examples.js";
import { ExamplesMenu } from "./examples-menu.js";
import { FileDialog } from "./file-dialog.js";
import { isLink, linkOf, readLink } from "./link.js";
import { isSameProgram, type Program } from "./program.js";
import { Results } from "./results.js";
import type { Place, RunEvent } from "./run.js";
import { Settings } from "./settings.js";
import { type Kept, load, save } from "./storage.js";
import { Tabs } from "./tabs.js";
import { missingForThreads } from "./threads.js";

/** How long nobody types before the program is checked and kept. */
const REST_MS = 250;

export class Playground {
  readonly #isEmbedded = document.documentElement.dataset.embed !== undefined;
  readonly #view: EditorView;
  readonly #results: Results;
  readonly #runner = new Runner();
  readonly #language: EngineWorker = startEngine();
  readonly #tabs = new Tabs(byId("tabs", HTMLElement), (name) => this.#show(name));
  readonly #dialog = new FileDialog();
  readonly #settings: Settings;
  readonly #menu: ExamplesMenu;
  readonly #runButton = byId("run", HTMLButtonElement);
  readonly #message = byId("message", HTMLElement);
  readonly #summary = byId("summary", HTMLElement);
  readonly #problems = byId("problems", HTMLButtonElement);
  /** The state of each file, in order; that of the shown one is the view's. */
  #files = new Map<string, EditorState>();
  #shown = "";
  #kept: Kept;
  #resting: ReturnType<typeof setTimeout> | undefined;
  /** What was opened last: nothing needs to be kept while the program is still that. */
  #opened: Program = FIRST;
  /** Changes with each run and each edit of what is run. */
  #isEdited = false;

  constructor() {
    const { kept, problem } = load();
    this.#kept = kept;
    this.#settings = new Settings(missingForThreads(), () => this.#keep());
    this.#settings.show(kept.limits, kept.theme);
    this.#menu = new ExamplesMenu(byId("examples", HTMLSelectElement), (program) => {
      this.#replace(program);
    });
    this.#menu.offer(kept.earlier);
    this.#view = createEditor(byId("editor", HTMLElement), this.#host());
    const board = byId("results", HTMLElement);
    this.#results = new Results(
      board,
      {
        topOf: (line) => this.#topOf(line),
        areBeside: () => getComputedStyle(board).getPropertyValue("--beside").trim() === "1",
        reveal: (row) => row.scrollIntoView({ block: "center" }),
      },
      (place) => this.#goTo(place),
    );
    this.#listen();
    if (problem !== undefined && !this.#isEmbedded) this.#notice(problem);
  }

  /** Opens what a link holds, or else what was kept, or the first example. */
  async open(hash: string): Promise<void> {
    const kept = this.#isEmbedded ? undefined : this.#kept.program;
    if (!isLink(hash)) {
      this.#load(kept ?? FIRST);
      return;
    }
    try {
      const program = await readLink(hash);
      if (this.#files.size > 0) this.#replace(program);
      else this.#loadOver(kept, program);
    } catch (error) {
      if (this.#files.size === 0) this.#load(kept ?? FIRST);
      const reason = error instanceof Error ? error.message : String(error);
      this.#notice(`The link holds no program that can be opened: ${reason}.`);
    }
  }

  /** The program as it is now. */
  get program(): Program {
    const files = [...this.#files].map(([name, state]) => {
      const { doc } = name === this.#shown ? this.#view.state : state;
      return [name, doc.toString()] as const;
    });
    return { files: Object.fromEntries(files), threads: this.#settings.threads };
  }

  #host(): Parameters<typeof createEditor>[1] {
    const { calls } = this.#language;
    return {
      complete: async (offset) => {
        await calls.check(this.program.files, this.#shown);
        return await calls.complete(this.#shown, offset);
      },
      describe: async (offset) => await calls.describe(this.#shown, offset),
      changed: (update) => this.#changed(update),
      moved: () => {
        this.#results?.place();
        this.#showMessage();
      },
      run: () => void this.#run(),
      format: () => void this.#format(),
    };
  }

  #listen(): void {
    this.#runButton.addEventListener("click", () => {
      if (this.#runner.isRunning) this.#runner.stop();
      else void this.#run();
    });
    byId("share", HTMLButtonElement).addEventListener("click", () => void this.#share());
    byId("format", HTMLButtonElement).addEventListener("click", () => void this.#format());
    byId("add", HTMLButtonElement).addEventListener("click", () => void this.#add());
    byId("edit", HTMLButtonElement).addEventListener("click", () => void this.#edit());
    this.#problems.addEventListener("click", () => goToNextProblem(this.#view));
    const notice = byId("notice", HTMLElement);
    notice.querySelector("button")!.addEventListener("click", () => {
      notice.hidden = true;
      this.#view.focus();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented) {
        event.preventDefault();
        void this.#run();
      }
      if (event.key === "Escape" && this.#runner.isRunning) this.#runner.stop();
    });
    window.addEventListener("pagehide", () => this.#keep());
  }

  /** Another program takes the place of what is there, which can be had again. */
  #replace(program: Program): void {
    this.#loadOver(this.program, program);
  }

  #loadOver(before: Program | undefined, program: Program): void {
    const isLost =
      before !== undefined &&
      !isSameProgram(before, program) &&
      !isSameProgram(before, this.#opened);
    if (isLost) {
      this.#kept = { ...this.#kept, earlier: before };
      this.#menu.offer(before);
    }
    this.#load(program);
    this.#keep();
  }

  #load(program: Program): void {
    this.#runner.stop();
    this.#opened = program;
    this.#settings.threads = program.threads;
    const host = this.#host();
    this.#files = new Map(
      Object.entries(program.files).map(([name, text]) => [name, stateOf(name, text, host)]),
    );
    this.#shown = "";
    this.#show([...this.#files.keys()][0]!);
    this.#results.showNothing();
    this.#summary.textContent = "";
    void this.#addressOfWhole();
  }

  #show(name: string): void {
    if (this.#files.has(this.#shown)) this.#files.set(this.#shown, this.#view.state);
    this.#shown = name;
    this.#view.setState(this.#files.get(name)!);
    const names = [...this.#files.keys()];
    this.#tabs.show(names, name);
    byId("add", HTMLButtonElement).hidden = false;
    byId("edit", HTMLButtonElement).hidden = name === names[0];
    this.#results.place();
    this.#restart(0);
  }

  #changed(update: ViewUpdate): void {
    if (isLink(location.hash)) history.replaceState(null, "", location.pathname + location.search);
    if (this.#shown === this.#main) {
      this.#results.move((line) => {
        const { doc } = update.startState;
        if (line > doc.lines) return line;
        const at = update.changes.mapPos(doc.line(line).from, -1);
        return update.state.doc.lineAt(at).number;
      });
    }
    if (!this.#isEdited && this.#summary.textContent !== "" && !this.#runner.isRunning) {
      this.#summary.textContent += " · edited since";
    }
    this.#isEdited = true;
    this.#restart(REST_MS);
  }

  get #main(): string {
    return [...this.#files.keys()][0]!;
  }

  /** Checks and keeps the program when nothing has changed for a while. */
  #restart(delayMs: number): void {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      this.#keep();
      void this.#check();
    }, delayMs);
  }

  async #check(): Promise<void> {
    const shown = this.#shown;
    const { doc } = this.#view.state;
    const problems = await this.#language.calls.check(this.program.files, shown);
    if (this.#shown !== shown || this.#view.state.doc !== doc) return;
    showProblems(this.#view, problems);
    const { length } = problemsIn(this.#view.state);
    this.#problems.hidden = length === 0;
    this.#problems.textContent = length === 1 ? "1 problem" : `${length} problems`;
    this.#showMessage();
  }

  /** What is wrong in the line of the cursor. */
  #showMessage(): void {
    const { state } = this.#view;
    const { number, from, to } = state.doc.lineAt(state.selection.main.head);
    const found = problemsIn(state).find((problem) => from <= problem.from && problem.from <= to);
    const text = found === undefined ? "" : `${number}:${found.from - from + 1} ${found.message}`;
    if (this.#message.textContent !== text) this.#message.textContent = text;
  }

  #keep(): void {
    if (this.#isEmbedded) return;
    const { limits, theme } = this.#settings;
    this.#kept = { ...this.#kept, program: this.program, limits, theme };
    save(this.#kept);
  }

  async #run(): Promise<void> {
    this.#isEdited = false;
    this.#results.start();
    this.#showRunning(true);
    this.#summary.textContent = "Running …";
    let summary = "";
    const isWhole = await this.#runner.run(this.program, this.#settings.limits, (event) => {
      summary = this.#tell(event) ?? summary;
    });
    if (this.#runner.isRunning) return; // by another run, which was asked for meanwhile
    this.#showRunning(false);
    this.#results.end(isWhole ? "completed" : "stopped");
    this.#summary.textContent = isWhole ? summary : "Stopped";
  }

  #showRunning(isRunning: boolean): void {
    this.#runButton.classList.toggle("stop", isRunning);
    this.#runButton.querySelector(".name")!.textContent = isRunning ? "Stop" : "Run";
    this.#runButton.title = isRunning ? "Stop (Escape)" : "Run (Ctrl+Enter)";
  }

  /** Shows what a run tells; the sentence about its end. */
  #tell(event: RunEvent): string | undefined {
    switch (event.kind) {
      case "questions":
        this.#results.begin(event.places);
        return undefined;
      case "printed":
        this.#results.printed(event.text);
        return undefined;
      case "outcome":
        this.#results.add(event.outcome);
        return undefined;
      case "failed":
        this.#results.fail(event.message, event.place);
        return "Ended by an error";
      case "ended": {
        this.#results.showRelations(event.relations);
        const threads = this.#settings.threads === 1 ? "" : ` · ${this.#settings.threads} threads`;
        const { facts, steps, timeMs } = event;
        return `${counted(facts, "atom")} · ${counted(steps, "step")} · ${time(timeMs)}${threads}`;
      }
    }
  }

  async #format(): Promise<void> {
    const before = this.#view.state.doc.toString();
    const text = await this.#language.calls.format(before);
    const { doc } = this.#view.state;
    if (text === before || doc.toString() !== before) return;
    const { head } = this.#view.state.selection.main;
    this.#view.dispatch({
      changes: { from: 0, to: doc.length, insert: text },
      selection: { anchor: Math.min(head, text.length) },
      userEvent: "format",
    });
  }

  async #share(): Promise<void> {
    const hash = await linkOf(this.program);
    history.replaceState(null, "", hash);
    const { length } = location.href;
    try {
      await navigator.clipboard.writeText(location.href);
      this.#summary.textContent = `Link copied: ${count(length)} characters hold the program`;
    } catch {
      this.#summary.textContent = `The address of this page holds the program now: ${count(length)} characters`;
    }
  }

  /** Of an embedded page: where the same program stands in a page of its own. */
  async #addressOfWhole(): Promise<void> {
    const link = byId("whole", HTMLAnchorElement);
    link.hidden = !this.#isEmbedded;
    if (this.#isEmbedded) link.href = location.pathname + (await linkOf(this.program));
  }

  async #add(): Promise<void> {
    const decision = await this.#dialog.ask([...this.#files.keys()]);
    if (decision?.kind !== "named") return;
    this.#files.set(decision.name, stateOf(decision.name, "", this.#host()));
    this.#show(decision.name);
    this.#view.focus();
  }

  async #edit(): Promise<void> {
    const shown = this.#shown;
    const others = [...this.#files.keys()].filter((name) => name !== shown);
    const decision = await this.#dialog.ask(others, shown);
    if (decision === undefined) return;
    const text = this.#view.state.doc.toString();
    if (decision.kind === "deleted") {
      this.#files.delete(shown);
      this.#show(this.#main);
      return;
    }
    const { name } = decision;
    const files = [...this.#files].map(([each, state]) =>
      each === shown
        ? ([name, stateOf(name, text, this.#host())] as const)
        : ([each, state] as const),
    );
    this.#files = new Map(files);
    this.#show(name);
  }

  #goTo({ line, column }: Place): void {
    if (this.#shown !== this.#main) this.#show(this.#main);
    goTo(this.#view, offsetAt(this.#view.state, line, column));
  }

  #topOf(line: number): number | null {
    if (this.#shown !== this.#main) return null;
    const { state, documentTop } = this.#view;
    const { top } = this.#view.lineBlockAt(offsetAt(state, line, 1));
    const board = byId("results", HTMLElement).getBoundingClientRect();
    return top + documentTop - board.top;
  }

  #notice(text: string): void {
    const notice = byId("notice", HTMLElement);
    notice.querySelector("span")!.textContent = text;
    notice.hidden = false;
  }
}

function counted(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

function count(number: number): string {
  return number.toLocaleString("en");
}

function time(ms: number): string {
  return ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
}

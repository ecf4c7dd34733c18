/**
 * The interactive session: read an input (of several lines if its brackets ask for it), evaluate, print.
 *
 * At a terminal Ctrl-C stops an evaluation but never the session; without one (piped input) the session
 * prints results only and ends with its input.
 */
import { readFileSync } from "node:fs";
import { OxbowError } from "../../base/errors.js";
import type { Environment } from "../../environment/environment.js";
import { packageVersion } from "../../platform/node/version.js";
import { EXPRESSION, SYMBOL } from "../../term/atom.js";
import { parse } from "../../term/parser.js";
import { EXIT_SUCCESS, EXIT_UNUSABLE, reportFailure } from "../diagnostics.js";
import type { PermissionFlags } from "../flags.js";
import { Interpreter } from "../interpreter.js";
import { describeConflict, formatPlain } from "../result-lines.js";
import { describeSuggestion } from "../suggestions.js";
import type { Terminal } from "../terminal.js";
import { CommandError } from "./command-error.js";
import { findCommand } from "./commands.js";
import { completeInput } from "./completion.js";
import { INTERRUPTED, LineEditor } from "./editor.js";
import { highlight } from "./highlight.js";
import { History, historyFile } from "./history.js";
import { completenessOf } from "./lexemes.js";
import { isUnchanged, ReplSession } from "./repl-session.js";
import { ReplStore } from "./repl-store.js";

const INPUT_NAME = "input";
/** What other sessions call their commands; a program may give these words a meaning of its own. */
const PLAIN_COMMANDS: ReadonlyMap<string, string> = new Map([
  ["exit", ":quit"],
  ["quit", ":quit"],
  ["help", ":help"],
]);
/** Heads of atoms that are meant to be added although they are defined. */
const DECLARATIONS: ReadonlySet<string> = new Set(["=", ":", ":<", "@doc"]);

/** Runs a session to its end; the exit code. Files are run first, in its environment. */
export async function runRepl(
  files: readonly string[],
  flags: PermissionFlags,
  terminal: Terminal,
): Promise<number> {
  const repl = new Repl(flags, terminal);
  try {
    for (const file of files) {
      if (!(await repl.load(file))) return EXIT_UNUSABLE;
    }
    await repl.converse();
    return EXIT_SUCCESS;
  } finally {
    await repl.close();
  }
}

class Repl {
  readonly #terminal: Terminal;
  readonly #flags: PermissionFlags;
  readonly #store = new ReplStore();
  #interpreter: Interpreter;
  #session: ReplSession;
  /** What the session held when it began or was saved last. */
  #saved: Environment;
  readonly #history: History;
  #stop = new AbortController();

  constructor(flags: PermissionFlags, terminal: Terminal) {
    this.#terminal = terminal;
    this.#flags = flags;
    this.#interpreter = this.#interpreterOf();
    this.#session = new ReplSession(this.#interpreter.environment);
    this.#saved = this.#interpreter.environment.clone();
    const keep = terminal.inputIsTerminal;
    this.#history = new History(keep ? historyFile(terminal.environment) : undefined);
  }

  /** An interpreter of an environment, which is its own from then on; of an empty one unless given. */
  #interpreterOf(environment?: Environment): Interpreter {
    const { inputIsTerminal, out, err } = this.#terminal;
    return new Interpreter({
      permissions: this.#flags,
      ...(environment === undefined ? {} : { environment }),
      // A separate thread evaluates, so that this one can react to Ctrl-C.
      ...(inputIsTerminal ? { threads: 1 } : {}),
      print: (text) => out.write(text),
      trace: (text) => err.write(text),
    });
  }

  /** The session goes on with another environment, of another heap; clones and what can be undone are left behind. */
  async #goOnWith(environment: Environment): Promise<void> {
    const [session, interpreter] = [this.#session, this.#interpreter];
    this.#saved.dispose();
    this.#interpreter = this.#interpreterOf(environment);
    this.#session = new ReplSession(environment);
    this.#saved = environment.clone();
    session.dispose();
    await interpreter.close();
  }

  #isSaved(): boolean {
    return isUnchanged(this.#saved, this.#session.environment);
  }

  async #openStore(directory: string): Promise<void> {
    this.#assertSaved();
    await this.#goOnWith(await this.#store.open(directory));
  }

  async #branchFrom(snapshot: number | string): Promise<void> {
    this.#assertSaved();
    await this.#goOnWith(await this.#store.branch(snapshot));
  }

  async #save(word: string): Promise<string> {
    const done = await this.#store.save(this.#session.environment, word);
    this.#saved.dispose();
    this.#saved = this.#session.environment.clone();
    return done;
  }

  #assertSaved(): void {
    if (this.#isSaved()) return;
    throw new CommandError(
      "what was entered is not saved, and would be lost; :save keeps it, :undo takes it back",
    );
  }

  /** Reads and evaluates until the input ends or the user leaves. */
  async converse(): Promise<void> {
    const editor = this.#startEditor();
    if (this.#terminal.inputIsTerminal) {
      this.#show(`Oxbow ${packageVersion()} — :help shows what there is, Ctrl-D leaves`);
    }
    try {
      for (let input = await this.#read(editor); input !== null; input = await this.#read(editor)) {
        await this.#handle(input);
        if (this.#session.left) break;
      }
    } finally {
      editor.close();
    }
  }

  /** Runs a file; false if that failed, in which case the user has been told. */
  async load(path: string): Promise<boolean> {
    try {
      await this.#run(readFileSync(path, "utf8"), path);
      return true;
    } catch (error) {
      reportFailure(this.#terminal, error);
      return false;
    }
  }

  async close(): Promise<void> {
    if (this.#store.isOpen && !this.#isSaved()) this.#complain("what was entered is not saved");
    this.#saved.dispose();
    this.#session.dispose();
    await this.#interpreter.close();
    await this.#store.close();
  }

  #startEditor(): LineEditor {
    const { inputIsTerminal, input, out } = this.#terminal;
    const isKnown = (word: string): boolean => this.#interpreter.names.has(word);
    return new LineEditor({
      input,
      output: out,
      interactive: inputIsTerminal,
      history: this.#history.entries,
      complete: (line, cursor) => completeInput(line, cursor, this.#interpreter.names),
      highlight: (line, cursor) => highlight(line, out.colors, isKnown, cursor),
      onInterrupt: () => this.#stop.abort(),
    });
  }

  /** One complete input; null at the end. Ctrl-C discards what was entered so far. */
  async #read(editor: LineEditor): Promise<string | null> {
    const lines: string[] = [];
    for (;;) {
      const line = await editor.read(this.#prompt(lines.length > 0));
      if (line === null) return lines.length > 0 ? lines.join("\n") : null;
      if (line === INTERRUPTED) {
        lines.length = 0;
        continue;
      }
      lines.push(line);
      const input = lines.join("\n");
      const isCommand = lines.length === 1 && line.startsWith(":") && !line.startsWith(": ");
      if (!isCommand && completenessOf(input) === "open") continue;
      editor.remember(input, lines.length);
      this.#history.add(input);
      return input;
    }
  }

  #prompt(continues: boolean): string {
    const { colors } = this.#terminal.out;
    const name = this.#session.currentName === "main" ? "oxbow" : this.#session.currentName;
    return continues ? colors.dim(`${".".repeat(name.length)}> `) : `${colors.bold(name)}> `;
  }

  async #handle(input: string): Promise<void> {
    if (input.trim() === "") return;
    try {
      if (/^:\S/.test(input)) {
        await this.#command(input);
      } else if (PLAIN_COMMANDS.has(input.trim()) && !this.#interpreter.names.has(input.trim())) {
        await this.#command(PLAIN_COMMANDS.get(input.trim())!);
      } else {
        await this.#run(input, INPUT_NAME);
        this.#remarkOnCall(input);
      }
    } catch (error) {
      if (error instanceof CommandError) this.#complain(error.message);
      else if (isInterruption(error)) this.#complain("interrupted; nothing has changed");
      else reportFailure(this.#terminal, error);
    }
  }

  /** A call typed without '!' has been added to the environment, perhaps by mistake. */
  #remarkOnCall(input: string): void {
    const [item, ...others] = parse(input);
    if (item?.atom.tag !== EXPRESSION || item.evaluate || others.length > 0) return;
    const [head] = item.atom.children;
    if (head?.tag !== SYMBOL || DECLARATIONS.has(head.name)) return;
    if (!this.#interpreter.names.isReducible(head.name)) return;
    this.#complain("added as it is; with a ! in front it is evaluated (:undo takes it back)");
  }

  async #command(line: string): Promise<void> {
    const { command, argument } = findCommand(line);
    const context = {
      session: this.#session,
      show: (text: string) => this.#show(text),
      evaluate: (text: string) => this.#run(text, INPUT_NAME),
      load: async (path: string) => this.#run(readFileSync(path, "utf8"), path),
      open: (directory: string) => this.#openStore(directory),
      save: (word: string) => this.#save(word),
      branch: (snapshot: number | string) => this.#branchFrom(snapshot),
      snapshots: () => this.#store.snapshots(),
    };
    await command.run(context, argument);
  }

  /** Runs program text in the current environment, results printed as they come. */
  async #run(text: string, file: string): Promise<void> {
    const { out } = this.#terminal;
    this.#stop = new AbortController();
    this.#session.checkpoint();
    const { environment } = this.#session;
    const showState = environment.getState.bind(environment);
    const { signal } = this.#stop;
    const onWarning = (message: string): void => this.#complain(message);
    try {
      for await (const outcome of this.#interpreter.run(text, { file, signal, onWarning })) {
        out.write(`${formatPlain(outcome, out, showState)}\n`);
        for (const conflict of this.#interpreter.newConflicts()) {
          this.#complain(describeConflict(conflict));
        }
        for (const suggestion of this.#interpreter.suggestions(outcome)) {
          this.#complain(describeSuggestion(suggestion));
        }
      }
    } finally {
      this.#session.forgetIfUnchanged();
    }
  }

  #show(line: string): void {
    this.#terminal.out.write(`${this.#terminal.out.colors.dim(line)}\n`);
  }

  #complain(message: string): void {
    this.#terminal.err.write(`${this.#terminal.err.colors.yellow(message)}\n`);
  }
}

function isInterruption(error: unknown): boolean {
  return error instanceof OxbowError && error.code === "ERR_ABORTED";
}

/** The session's own commands: lines that begin with `:`. */
import type { SnapshotInfo } from "../../persist/store-info.js";
import { formatBytes, formatCount, formatDuration } from "../format.js";
import { choiceOf, describeSnapshot } from "../snapshot-text.js";
import { CommandError } from "./command-error.js";
import type { ReplSession } from "./repl-session.js";

/** What a command may do to the session and show. */
interface CommandContext {
  readonly session: ReplSession;
  /** Shows a line. */
  readonly show: (line: string) => void;
  /** Runs program text as if it had been typed, results shown. */
  readonly evaluate: (text: string) => Promise<void>;
  /** Runs a file, results shown. */
  readonly load: (path: string) => Promise<void>;
  /** Goes on with what the store of a directory holds. */
  readonly open: (directory: string) => Promise<void>;
  /** Keeps what the session holds; says what was done. */
  readonly save: (word: string) => Promise<string>;
  /** Goes on with what a snapshot holds, without a store. */
  readonly branch: (snapshot: number | string) => Promise<void>;
  readonly snapshots: () => Promise<readonly SnapshotInfo[]>;
}

interface ReplCommand {
  /** Without the colon. */
  readonly name: string;
  readonly argument: string;
  readonly summary: string;
  run(context: CommandContext, argument: string): void | Promise<void>;
}

function need(argument: string, what: string): string {
  if (argument === "") throw new CommandError(`it needs ${what}`);
  return argument;
}

const help: ReplCommand = {
  name: "help",
  argument: "",
  summary: "show the commands",
  run({ show }) {
    const usages = COMMANDS.map(({ name, argument }) => `:${name} ${argument}`.trimEnd());
    const width = Math.max(...usages.map((usage) => usage.length));
    for (const [index, command] of COMMANDS.entries()) {
      show(`${usages[index]!.padEnd(width)}  ${command.summary}`);
    }
    show("An atom is added to the environment; !atom is evaluated. Ctrl-C stops, Ctrl-D leaves.");
  },
};

const load: ReplCommand = {
  name: "load",
  argument: "FILE",
  summary: "run a program file in this environment",
  run: ({ load: run }, path) => run(need(path, "a file")),
};

const time: ReplCommand = {
  name: "time",
  argument: "ATOM",
  summary: "evaluate an atom and show how long it took",
  async run({ evaluate, show, session }, atom) {
    const heapBefore = session.heapBytes();
    const start = performance.now();
    await evaluate(`!${need(atom, "an atom").replace(/^!/, "")}`);
    const grown = session.heapBytes() - heapBefore;
    const sign = grown < 0 ? "−" : "+";
    show(
      `${formatDuration(performance.now() - start)} · heap ${sign}${formatBytes(Math.abs(grown))}`,
    );
  },
};

const type: ReplCommand = {
  name: "type",
  argument: "ATOM",
  summary: "show the types of an atom",
  run: ({ evaluate }, atom) => evaluate(`!(get-type ${need(atom, "an atom")})`),
};

const doc: ReplCommand = {
  name: "doc",
  argument: "NAME",
  summary: "show the documentation of a name",
  run: ({ evaluate }, name) => evaluate(`!(help! ${need(name, "a name")})`),
};

const env: ReplCommand = {
  name: "env",
  argument: "[NAME]",
  summary: "list the environments, or switch to one",
  run({ session, show }, name) {
    if (name !== "") session.goTo(name);
    for (const { name: each, atoms, current } of session.list()) {
      show(`${current ? "*" : " "} ${each} · ${formatCount(atoms, "atom")}`);
    }
  },
};

const clone: ReplCommand = {
  name: "clone",
  argument: "NAME",
  summary: "save a clone of this environment under a name",
  run({ session, show }, name) {
    session.keepClone(need(name, "a name for the clone"));
    show(`${name} is a clone of ${session.currentName}; :env ${name} switches to it`);
  },
};

const union: ReplCommand = {
  name: "union",
  argument: "NAME",
  summary: "merge another environment into this one",
  run({ session, show }, name) {
    const before = session.environment.count;
    const conflicts = session.uniteWith(need(name, "the name of a clone"));
    const change = session.environment.count - before;
    show(`${formatCount(Math.abs(change), "atom")} ${change < 0 ? "fewer" : "more"}`);
    if (conflicts > 0) show(`${formatCount(conflicts, "conflict")} settled for ${name}`);
  },
};

const undo: ReplCommand = {
  name: "undo",
  argument: "",
  summary: "undo what the last input changed",
  run({ session, show }) {
    if (!session.undo()) throw new CommandError("there is nothing to undo");
    show(`${session.currentName} · ${formatCount(session.environment.count, "atom")}`);
  },
};

const open: ReplCommand = {
  name: "open",
  argument: "DIR",
  summary: "go on with what the store of a directory holds",
  async run(context, directory) {
    await context.open(need(directory, "the directory of a store"));
    context.show(`${directory} is open; :save keeps what is entered`);
  },
};

const save: ReplCommand = {
  name: "save",
  argument: "[NAME | DIR]",
  summary: "keep this environment in the store that is open, or in a new one in DIR",
  run: async ({ save: keep, show }, word) => show(await keep(word)),
};

const branch: ReplCommand = {
  name: "branch",
  argument: "SNAPSHOT",
  summary: "go on with what a snapshot held; the store stays as it is",
  async run(context, snapshot) {
    await context.branch(choiceOf(need(snapshot, "the number or the name of a snapshot")));
    context.show("what is entered now is in no store; :save DIR makes one of it");
  },
};

const snapshots: ReplCommand = {
  name: "snapshots",
  argument: "",
  summary: "list the snapshots that the store keeps",
  async run({ snapshots: list, show }) {
    for (const snapshot of await list()) show(describeSnapshot(snapshot));
  },
};

const quit: ReplCommand = {
  name: "quit",
  argument: "",
  summary: "leave (Ctrl-D)",
  run: ({ session }) => session.leave(),
};

export const COMMANDS: readonly ReplCommand[] = [
  help,
  load,
  time,
  type,
  doc,
  env,
  clone,
  union,
  undo,
  open,
  save,
  branch,
  snapshots,
  quit,
];

/** The command that a line like `:load a.metta` names, with its argument. Throws CommandError. */
export function findCommand(line: string): { command: ReplCommand; argument: string } {
  const [word = "", ...rest] = line.trim().slice(1).split(/\s+/);
  const matching = COMMANDS.filter(({ name }) => name.startsWith(word));
  const command = COMMANDS.find(({ name }) => name === word) ?? matching[0];
  if (word === "" || command === undefined)
    throw new CommandError(`no command :${word}; see :help`);
  return { command, argument: rest.join(" ") };
}

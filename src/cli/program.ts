/**
 * The command line's grammar: commands, flags, help. Commands are imported when they are chosen.
 */
import { statSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { packageVersion } from "../platform/node/version.js";
import { parseCount, parseDuration, parseResultCount, parseSize } from "./amounts.js";
import type { ClusterFlags } from "./cluster-command.js";
import { EXIT_SUCCESS, EXIT_UNUSABLE, reportFailure } from "./diagnostics.js";
import type { PermissionFlags, RunFlags } from "./flags.js";
import type { FormatFlags } from "./format-command.js";
import type { PlaygroundFlags } from "./playground-command.js";
import type { Terminal } from "./terminal.js";
import type { WorkerFlags } from "./worker-command.js";

/** The most threads that can attach to a heap, besides the main one. */
const MAXIMUM_THREADS = 60;
const THREADS =
  "evaluate on up to n threads, consecutive '!' at the same time, too (default: forks on as many as there are cores)";
/** What `--allow-read` without a folder permits: every folder. */
const EVERYWHERE = "/";
/** What `--inspect` without a port means. */
const ANY_PORT = 0;

/**
 * Runs one command line, without the interpreter and script in front (`["run", "a.metta"]`).
 * Gives the exit code; never throws for anything a user can cause.
 */
export async function runProgram(argv: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = EXIT_SUCCESS;
  const program = describeProgram(terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(completeFlags(argv), { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has shown its message by then.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_SUCCESS : EXIT_UNUSABLE;
    return reportFailure(terminal, error);
  }
}

function describeProgram(terminal: Terminal, setExitCode: (code: number) => void): Command {
  const program = new Command("oxbow")
    .description("Rule and fact engine for the MeTTa language.")
    .version(packageVersion(), "-v, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
      getOutHasColors: () => terminal.out.colors.isColorSupported,
      getErrHasColors: () => terminal.err.colors.isColorSupported,
      outputError: (text, write) => write(text.replace(/^error: /, "oxbow: ")),
    })
    .showHelpAfterError("See oxbow --help.");
  addRun(program, terminal, setExitCode);
  addInspect(program, terminal, setExitCode);
  addStore(program, terminal, setExitCode);
  addFormat(program, terminal, setExitCode);
  addLsp(program);
  addPlayground(program, terminal, setExitCode);
  addWorker(program, terminal, setExitCode);
  addCluster(program, terminal, setExitCode);
  addRepl(program, terminal, setExitCode);
  return program;
}

function addRun(program: Command, terminal: Terminal, setExitCode: (code: number) => void): void {
  withPermissions(
    program
      .command("run")
      .description("run programs in one environment and print one line of results for each '!'")
      .argument("<files...>", "MeTTa programs, run in order; - is standard input")
      .option("--threads <n>", THREADS, parseThreads)
      .addOption(
        new Option(
          "--cluster <url>",
          "evaluate '!' on the workers of a queue in this Redis (oxbow worker)",
        ).conflicts(["threads", "explain", "trace", "traceEvents"]),
      )
      .option("--queue <name>", "with --cluster: the queue of the workers (default: oxbow)")
      .option("--store <dir>", "run in what the store of a directory holds, and keep it there")
      .option("--time", "print a line about threads, time and heap at the end (on stderr)")
      .option("--json", "print one JSON object for each '!'")
      .option("--check", "exit with 1 if any result is an Error or an assertion fails")
      .option("--stop-on-error", "end at the first '!' with an Error result")
      .option("--max-time <time>", "stop each '!' after a time: 500ms, 2s, 5min, 1h", parseDuration)
      .option("--max-steps <n>", "stop each '!' after n calls reduced by a rule", parseCount)
      .option(
        "--max-memory <size>",
        "stop a '!' that takes more memory: 512MiB, 2GiB, 2GB",
        parseSize,
      )
      .option("--max-results <n>", "stop each '!' after n results", parseResultCount)
      .option("--trace", "show on stderr where an Error came from, with the rules' files and lines")
      .option("--explain", "show the reductions of each '!' as a tree before its results")
      .option(
        "--trace-events <file>",
        "write what the threads did, for chrome://tracing or Perfetto",
      )
      .option("--profile", "show on stderr what the rules have cost: calls, time, file and line")
      .option(
        "--inspect [=port]",
        "serve a page on 127.0.0.1 that shows forks, threads, memory, facts while it runs, and afterwards until Ctrl-C",
        parsePort,
      )
      .option("--record <file>", "write what the page would show at the end, for oxbow inspect")
      .option(
        "--inspect-file <file>",
        "write how the environment lies in memory at the end, as JSON: relations, segments, indexes",
      )
      .addHelpText("after", EXIT_CODES),
  ).action(async (files: string[], flags: RunFlags) => {
    const { runFiles } = await import("./run-command.js");
    setExitCode(await runFiles(files, flags, terminal));
  });
}

function addInspect(
  program: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): void {
  program
    .command("inspect")
    .description("show what oxbow run --record has written, on a page on 127.0.0.1, until Ctrl-C")
    .argument("<file>", "the recording")
    .option("--port <port>", "where the page is served; any free port unless given", parsePort)
    .helpOption("-h, --help", "show this help")
    .action(async (file: string, { port = ANY_PORT }: { readonly port?: number }) => {
      const { inspectFile } = await import("./inspect-command.js");
      setExitCode(await inspectFile(file, port, terminal));
    });
}

function addStore(program: Command, terminal: Terminal, setExitCode: (code: number) => void): void {
  const store = program
    .command("store")
    .description("look at a store, check it, make it smaller")
    .helpCommand(false)
    .helpOption("-h, --help", "show this help")
    .addHelpText("after", STORE_EXIT_CODES);
  for (const { name, summary, ...rest } of STORE_COMMANDS) {
    const command = store
      .command(name)
      .description(summary)
      .argument("<dir>", "the directory of the store")
      .helpOption("-h, --help", "show this help");
    for (const argument of "more" in rest ? rest.more : []) command.argument(argument);
    command.action(async () => {
      const { runStoreCommand } = await import("./store-command.js");
      const [directory = "", ...more] = command.args;
      setExitCode(await runStoreCommand(name, terminal, directory, more));
    });
  }
}

function addFormat(
  program: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): void {
  program
    .command("format")
    .description("lay programs out as everyone does; comments stay")
    .argument("<paths...>", "programs, folders of them; - is standard input")
    .option("--write", "change the files, instead of printing how they should be")
    .addOption(
      new Option(
        "--check",
        "name the files that are laid out otherwise, and exit with 1 if there are any",
      ).conflicts("write"),
    )
    .option("--width <columns>", "how long lines may be: 100 unless given", parseCount)
    .helpOption("-h, --help", "show this help")
    .addHelpText("after", FORMAT_NOTES)
    .action(async (paths: string[], flags: FormatFlags) => {
      const { formatFiles } = await import("./format-command.js");
      setExitCode(await formatFiles(paths, flags, terminal));
    });
}

function addLsp(program: Command): void {
  program
    .command("lsp")
    .description("serve an editor on the standard streams, by the language server protocol")
    .option("--stdio", "as it does anyway; some editors say so")
    .helpOption("-h, --help", "show this help")
    .action(async () => {
      const { startServer } = await import("./lsp-command.js");
      startServer();
    });
}

function addPlayground(
  program: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): void {
  program
    .command("playground")
    .description("serve the playground, a page to write and run programs in, to this machine")
    .option("--port <n>", "where it is: 4747 unless given; 0 is any that is free", parsePort)
    .helpOption("-h, --help", "show this help")
    .action(async (flags: PlaygroundFlags) => {
      const { runPlayground } = await import("./playground-command.js");
      setExitCode(await runPlayground(flags, terminal));
    });
}

function addWorker(
  program: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): void {
  program
    .command("worker")
    .description("evaluate branches of callers on other machines, by a queue on Redis")
    .requiredOption(
      "--redis <url>",
      "where Redis is: redis://host:6379, rediss://user@host with TLS",
    )
    .option(
      "--threads <n>",
      "evaluate on n threads (default: as many as there are cores)",
      parseThreads,
    )
    .option("--queue <name>", "the queue to take branches from (default: oxbow)")
    .option("--library <file>", "the module that makes the library, as the callers have it")
    .option("--blocks <dir>", "where callers put blocks, if that is a directory and not Redis")
    .option(
      "--cache <dir>",
      "where to keep blocks that were fetched (default: among temporary files)",
    )
    .option(
      "--lock <time>",
      "how long a branch waits for a worker that is silent (default: 30s)",
      parseDuration,
    )
    .option(
      "--attempts <n>",
      "how often a branch is begun whose workers die (default: 3)",
      parseCount,
    )
    .helpOption("-h, --help", "show this help")
    .addHelpText("after", WORKER_NOTES)
    .action(async (flags: WorkerFlags) => {
      const { runWorker } = await import("./worker-command.js");
      setExitCode(await runWorker(flags, terminal));
    });
}

function addCluster(
  program: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): void {
  const cluster = program
    .command("cluster")
    .description("look at a queue of branches and its workers, take back what waits")
    .helpCommand(false)
    .helpOption("-h, --help", "show this help");
  const add = (name: string, summary: string): Command =>
    cluster
      .command(name)
      .description(summary)
      .requiredOption("--redis <url>", "where Redis is: redis://host:6379")
      .option("--queue <name>", "the queue (default: oxbow)")
      .helpOption("-h, --help", "show this help");
  add("status", "show queues, workers and calls")
    .option("--json", "as JSON")
    .addOption(
      new Option("--prometheus", "BullMQ's metrics, in the text of Prometheus").conflicts("json"),
    )
    .action(async (flags: ClusterFlags) => {
      const { showCluster } = await import("./cluster-command.js");
      setExitCode(await showCluster(flags, terminal));
    });
  add("drain", "take back all that has not begun; the calls that it is of fail").action(
    async (flags: ClusterFlags) => {
      const { drainCluster } = await import("./cluster-command.js");
      setExitCode(await drainCluster(flags, terminal));
    },
  );
}

function addRepl(program: Command, terminal: Terminal, setExitCode: (code: number) => void): void {
  withPermissions(
    program
      .command("repl", { isDefault: true })
      .description("read, evaluate and print interactively (what oxbow does without a command)")
      .argument("[files...]", "MeTTa programs to run first"),
  )
    .allowExcessArguments(false)
    .action(async (files: string[], flags: PermissionFlags) => {
      const { runRepl } = await import("./repl/repl.js");
      setExitCode(await runRepl(files, flags, terminal));
    });
}

function withPermissions(command: Command): Command {
  return command
    .option("--allow-read [=dir]", "let programs read files (in one folder)", collect)
    .option("--allow-write [=dir]", "let programs write files (in one folder)", collect)
    .helpOption("-h, --help", "show this help");
}

const EXIT_CODES = `
Programs may import! and include files of their own folder and below without a permission.

Exit codes: 0 done · 1 --check found an Error · 2 could not run, or not import · 3 a limit stopped
a '!', whose results are not all there are · 4 another process has the store open · 5 the store
is damaged · 130 interrupted

With --store each file is kept when it has come to its end, all that it did at once. One that ends
early (syntax error, failed import, --stop-on-error, Ctrl-C) leaves nothing, so it can be run again.`;

const FORMAT_NOTES = `
Line ends between the parts of an expression stay; blanks, indentation and the ends of expressions are
settled, and lines that are too long are broken. A file that is no program is told of and stays as it is.

Exit codes: 0 done · 1 --check found a file · 2 a file could not be read, formatted or written`;

const WORKER_NOTES = `
It needs the packages bullmq and ioredis. Ctrl-C and SIGTERM let it end the branches that it has; a second one ends it at
once, and its branches go to others. The password of Redis is better given by REDIS_URL than by --redis, as in
--redis "$REDIS_URL".

Exit codes: 0 ended · 2 could not start`;

const STORE_COMMANDS = [
  { name: "info", summary: "list the snapshots that are kept, and what the files take" },
  { name: "verify", summary: "read every snapshot and check all that is in it" },
  { name: "compact", summary: "write the file anew without what no snapshot needs" },
  { name: "export", summary: "write what the store holds as one portable file", more: ["<file>"] },
  { name: "import", summary: "make a store of an exported file", more: ["<file>"] },
  {
    name: "diff",
    summary: "show what one snapshot has and another has not",
    more: ["<before>", "[after]"],
  },
] as const;

const STORE_EXIT_CODES = `
Exit codes: 0 done · 2 could not run: no store there, or one of a newer version · 4 another process
has the store open for writing · 5 it is damaged`;

/**
 * A permission without a folder is for every folder: it must not take the program after it for one. A
 * folder after it is meant, since no program is one. `--inspect` takes a port only after a `=`.
 */
function completeFlags(argv: readonly string[]): string[] {
  const complete: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]!;
    const isBare = argument === "--allow-read" || argument === "--allow-write";
    const next = argv[index + 1];
    if (argument === "--inspect") complete.push(`${argument}=${ANY_PORT}`);
    else if (!isBare) complete.push(argument);
    else if (next === undefined || !isFolder(next)) complete.push(`${argument}=${EVERYWHERE}`);
    else {
      complete.push(`${argument}=${next}`);
      index++;
    }
  }
  return complete;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function collect(folder: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), folder];
}

const HIGHEST_PORT = 65_535;

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > HIGHEST_PORT || text.trim() === "") {
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${HIGHEST_PORT}.`);
  }
  return port;
}

function parseThreads(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > MAXIMUM_THREADS) {
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAXIMUM_THREADS}.`);
  }
  return count;
}

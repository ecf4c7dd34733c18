/** `oxbow store`: what can be done with a store from outside of a program. */
import type { SpaceDifference } from "../environment/version-difference.js";
import { nameOfSpace } from "../eval/settings/words.js";
import { Store } from "../persist/store.js";
import type { OnProgress } from "../persist/store-options.js";
import { diskOfStore, surveyStore } from "../persist/survey.js";
import { print } from "../term/printer.js";
import { EXIT_SUCCESS, reportFailure } from "./diagnostics.js";
import { formatBytes, formatCount } from "./format.js";
import { startProgress } from "./progress.js";
import { choiceOf, describeSnapshot } from "./snapshot-text.js";
import type { Terminal } from "./terminal.js";

type StoreCommandName = "info" | "verify" | "compact" | "export" | "import" | "diff";
type StoreCommand = (
  terminal: Terminal,
  directory: string,
  more: readonly string[],
) => Promise<void>;

/** Runs a command on the store of a directory; the exit code. `more` is what was said behind the directory. */
export async function runStoreCommand(
  name: StoreCommandName,
  terminal: Terminal,
  directory: string,
  more: readonly string[],
): Promise<number> {
  try {
    // Made here, it would be made by what is to look at it.
    if (name !== "import") diskOfStore(directory);
    await COMMANDS[name](terminal, directory, more);
    return EXIT_SUCCESS;
  } catch (error) {
    return reportFailure(terminal, error);
  }
}

const COMMANDS: Readonly<Record<StoreCommandName, StoreCommand>> = {
  info,
  verify,
  compact,
  export: exportTo,
  import: importFrom,
  diff,
};

async function info({ out }: Terminal, directory: string): Promise<void> {
  const { snapshots, bytes, spareBytes, logBytes } = await surveyStore(directory);
  for (const snapshot of snapshots) out.write(`${describeSnapshot(snapshot)}\n`);
  const spare = spareBytes === 0 ? "" : `, ${formatBytes(spareBytes)} of them spare`;
  const log = logBytes === 0 ? "" : ` · log ${formatBytes(logBytes)}`;
  out.write(`${formatCount(snapshots.length, "snapshot")} · ${formatBytes(bytes)}${spare}${log}\n`);
}

/** Runs `act`, with a bar on a terminal that shows how far it is. */
async function watched<Result>(
  { err }: Terminal,
  label: string,
  act: (onProgress: OnProgress) => Promise<Result>,
): Promise<Result> {
  const progress = await startProgress(err, label);
  try {
    return await act(progress.update.bind(progress));
  } finally {
    progress.stop();
  }
}

/** Another process may write meanwhile. */
async function verify(terminal: Terminal, directory: string): Promise<void> {
  const { snapshots, bytes } = await watched(terminal, `verifying ${directory}`, (onProgress) =>
    Store.verify(directory, { onProgress }),
  );
  terminal.out.write(`${formatCount(snapshots, "snapshot")} · ${formatBytes(bytes)} · sound\n`);
}

/** Opens the store for writing. */
async function open(terminal: Terminal, directory: string): Promise<Store> {
  return watched(terminal, `opening ${directory}`, (onProgress) =>
    Store.open(directory, { durability: "manual", onProgress }),
  );
}

async function compact(terminal: Terminal, directory: string): Promise<void> {
  await using store = await open(terminal, directory);
  const { before, after } = await store.compact();
  terminal.out.write(`${formatBytes(before)} → ${formatBytes(after)}\n`);
}

async function exportTo(
  terminal: Terminal,
  directory: string,
  [file = ""]: readonly string[],
): Promise<void> {
  await using store = await open(terminal, directory);
  const { heapBytes, bytes } = await watched(terminal, `exporting ${directory}`, (onProgress) =>
    store.export(file, { onProgress }),
  );
  terminal.out.write(`${file} · ${formatBytes(heapBytes)} → ${formatBytes(bytes)}\n`);
}

async function importFrom(
  terminal: Terminal,
  directory: string,
  [file = ""]: readonly string[],
): Promise<void> {
  await watched(terminal, `importing ${file}`, (onProgress) =>
    Store.import(file, directory, { onProgress }),
  );
  await info(terminal, directory);
}

/** The later one is what the store holds now, unless given. */
async function diff(
  { out }: Terminal,
  directory: string,
  [before = "", after]: readonly string[],
): Promise<void> {
  const later = after === undefined ? undefined : choiceOf(after);
  const differences = await Store.diff(directory, choiceOf(before), later);
  const names = await namesOfSpaces(directory, later, differences);
  for (const [index, { added, removed }] of differences.entries()) {
    const where = names[index]!;
    for (const atom of removed) out.write(`${out.colors.red(`- ${print(atom)}${where}`)}\n`);
    for (const atom of added) out.write(`${out.colors.green(`+ ${print(atom)}${where}`)}\n`);
  }
}

/** What is written behind the atoms of each space: nothing for `&self`. */
async function namesOfSpaces(
  directory: string,
  choice: string | number | undefined,
  differences: readonly SpaceDifference[],
): Promise<string[]> {
  if (differences.every(({ space }) => space === null)) return differences.map(() => "");
  const { environment } = await Store.read(directory, choice);
  using held = environment;
  return differences.map(({ space }) => (space === null ? "" : ` in ${nameOfSpace(held, space)}`));
}

/** A page, or a worker of one, as a platform. */
import type { Output, Platform } from "../platform.js";
import { files } from "./files.js";
import { page } from "./globals.js";
import { startGroup } from "./late-group.js";
import { memory } from "./memory.js";
import { paths } from "./paths.js";
import { missingForThreads, THREAD_NAME } from "./requirements.js";
import { waiting } from "./waiting.js";

const output: Output = {
  // The console has lines.
  print: (text) => console.log(text.replace(/\n$/, "")),
  trace: (text) => console.info(text.replace(/\n$/, "")),
  warn: (message) => console.warn(message),
  processId: 1,
};

/** What a thread of a group was named by, plus one; the page itself is 0 to its threads. */
function hostThread(): number {
  const named = THREAD_NAME.exec(String(page.name));
  return named === null ? 1 : Number(named[1]) + 1;
}

export const browserPlatform: Platform = {
  files,
  paths,
  memory,
  waiting,
  threads: {
    missing: missingForThreads,
    startGroup,
    systemThread: () => 0,
    hasEnded: () => false,
    hostThread,
  },
  output,
};

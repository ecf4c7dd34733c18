/** Node.js as a platform. */
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Output, Paths, Platform } from "../platform.js";
import { files } from "./files.js";
import { memory } from "./memory.js";
import { hasEnded, nodeThread, systemThread } from "./system-thread.js";
import { startGroup } from "./thread-group.js";
import { waiting } from "./waiting.js";

const paths: Paths = {
  basename,
  dirname,
  join,
  relative,
  resolve,
  isAbsolute,
  toUrl: (path) => pathToFileURL(path).href,
};

const output: Output = {
  print: (text) => void process.stdout.write(text),
  trace: (text) => void process.stderr.write(text),
  warn: (message) => process.emitWarning(message, "OxbowWarning"),
  processId: process.pid,
};

export const nodePlatform: Platform = {
  files,
  paths,
  memory,
  waiting,
  threads: { missing: () => [], startGroup, systemThread, hasEnded, hostThread: nodeThread },
  output,
};

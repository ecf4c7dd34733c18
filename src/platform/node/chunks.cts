/**
 * Chunks: modules of the command, or of a thread, that the build has put into a few files, with what V8 has made of them.
 *
 *     dist/src/command/chunks/main.js      a chunk: a function of a CommonJS module's variables
 *                             main.code    what V8 made of it: its functions that a plain run calls, compiled
 *
 * V8 takes compiled code only if it comes from the same version with the same settings, and for a source of the same
 * length; otherwise the chunk is compiled again, function by function as they are called.
 */
const fs: typeof import("node:fs") = require("node:fs");
const path: typeof import("node:path") = require("node:path");
const vm: typeof import("node:vm") = require("node:vm");

/** What a chunk is called with. */
type Chunk = (
  exports: unknown,
  require: (name: string) => unknown,
  module: { exports: unknown },
  __filename: string,
  __dirname: string,
) => void;

const FOLDER: string = path.join(__dirname, "../../command/chunks");
const EXTENSION = ".js";
const loaded = new Map<string, { exports: unknown }>();

/** What a chunk exports. Chunks name each other by "./name.js"; all else is Node's, or a package. */
function requireChunk(name: string): unknown {
  if (!name.startsWith("./")) return require(name);
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} as unknown };
  // Chunks may need each other: one that is being loaded gives what it has exported so far.
  loaded.set(name, module);
  const file = path.join(FOLDER, name);
  const chunk = compileChunk(file).runInThisContext() as Chunk;
  chunk(module.exports, requireChunk, module, file, FOLDER);
  return module.exports;
}

function compileChunk(file: string): InstanceType<typeof vm.Script> {
  const code = `${file.slice(0, -EXTENSION.length)}.code`;
  return new vm.Script(fs.readFileSync(file, "latin1"), {
    filename: file,
    ...(fs.existsSync(code) ? { cachedData: fs.readFileSync(code) } : {}),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
}

module.exports = { requireChunk };

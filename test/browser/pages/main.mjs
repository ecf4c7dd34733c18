/** Puts the package where tests reach it. */
import * as oxbow from "./oxbow.js";
import { runExpressions, runPrograms } from "./run-programs.mjs";

globalThis.oxbow = oxbow;
globalThis.runPrograms = runPrograms.bind(undefined, oxbow);
globalThis.runExpressions = runExpressions.bind(undefined, oxbow);

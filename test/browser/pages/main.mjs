/** Puts the package where tests reach it. */
import * as oxbow from "./oxbow.js";
import { runPrograms } from "./run-programs.mjs";

globalThis.oxbow = oxbow;
globalThis.runPrograms = (programs, how) => runPrograms(oxbow, programs, how);

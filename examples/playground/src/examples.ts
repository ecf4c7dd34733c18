/** The examples to choose from. */

import rivers from "../../02-rivers.metta?raw";
import branches from "../../05-branches.metta?raw";
import lakes from "../programs/atlas/lakes.metta?raw";
import streams from "../programs/atlas/streams.metta?raw";
import atlas from "../programs/atlas.metta?raw";
import endless from "../programs/endless.metta?raw";
import family from "../programs/family.metta?raw";
import queens from "../programs/queens.metta?raw";
import slips from "../programs/slips.metta?raw";
import { MAIN, type Program, programOf } from "./program.js";

export const EXAMPLES: ReadonlyMap<string, Program> = new Map([
  ["A family", programOf(family)],
  ["Rivers", programOf(rivers)],
  [
    "Several files",
    {
      files: { [MAIN]: atlas, "atlas/streams.metta": streams, "atlas/lakes.metta": lakes },
      threads: 1,
    },
  ],
  ["Branches that learn", programOf(branches, 2)],
  ["Queens on two threads", programOf(queens, 2)],
  ["Slips and types", programOf(slips)],
  ["Something endless", programOf(endless)],
]);

export const FIRST: Program = EXAMPLES.get("A family")!;

/** The whole programs that pages run, to be compared with what they give in Node.js. */
import { smallPrograms } from "../whole-programs.js";
import type { Program } from "./pages/run-programs.mjs";

/** Random numbers and the last digit of a power are the JavaScript engine's, and a page has no files. */
const EXCLUDED: readonly string[] = ["random", "flip", "file-", "pow-math 5.5"];

/** The reference's may be endless; those of the project are deep, or take long. */
export function comparedPrograms(): { names: readonly string[]; programs: readonly Program[] } {
  const small = smallPrograms().filter(({ text }) => !EXCLUDED.some((word) => text.includes(word)));
  return {
    names: small.map(({ name }) => name),
    programs: small.map(({ name, text }) => ({
      text,
      maxSteps: name.endsWith(".metta") ? 1e9 : 300_000,
    })),
  };
}

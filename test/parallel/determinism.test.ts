import { test } from "vitest";
import { checkPrograms } from "./fork-programs.js";

test("programs of forks give on 1, 2, 4 and 8 threads, held up at random, what they give in sequence", async () => {
  await checkPrograms(40);
});

import { test } from "vitest";
import { crowdUnites } from "./crowd.js";

test("12 threads' rules unite to the same, complete, in a line and in a tree", async () => {
  await crowdUnites(300, 12, 50);
});

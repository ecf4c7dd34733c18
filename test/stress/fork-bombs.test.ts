import { expect, test } from "vitest";
import { putOutBombs } from "../parallel/bomb-campaign.js";

test("300 fork bombs are put out by any limit; the pools, the heap and the base are as they were", async () => {
  const seen = await putOutBombs(300, 11);
  console.log("bombs:", seen);
  expect(Object.keys(seen).length).toBeGreaterThan(5);
});

import { describe, it } from "vitest";
import { TestCluster } from "../cluster/cluster.js";
import { endingBranch, killWorkers } from "../cluster/fault-campaign.js";
import { hasTool } from "../tools.js";

describe.skipIf(!hasTool("redis"))("a cluster", () => {
  it("has every result once, whenever workers are killed: 200 times", async () => {
    await killWorkers(200);
  });

  it("begins a branch three times whose workers die, and then gives it up", async () => {
    await using cluster = await TestCluster.start();
    await endingBranch(cluster, 3);
  });
});

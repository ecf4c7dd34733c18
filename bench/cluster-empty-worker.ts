/** A worker of BullMQ alone that does nothing with its jobs: what an empty branch is compared with. */
import { Worker } from "bullmq";

const [url = "", queue = ""] = process.argv.slice(2);
const worker = new Worker(queue, async () => null, { connection: { url } });
await worker.waitUntilReady();
console.error("ready");
process.once("SIGTERM", () => process.exit(0));

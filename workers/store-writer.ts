/** A store's writing thread. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { serveWriter, type WriterSetup } from "../src/persist/writer-thread.js";

serveWriter(parentPort as MessagePort, workerData as WriterSetup);

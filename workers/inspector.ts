/** An inspector's thread. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { serveInspector } from "../src/inspector/inspector-thread.js";
import type { InspectorSetup } from "../src/inspector/setup.js";

void serveInspector(parentPort as MessagePort, workerData as InspectorSetup);

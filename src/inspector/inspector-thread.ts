/**
 * The inspector's thread: it looks at what runs, and serves the page. It is a thread of its own since what it looks at may
 * keep its thread busy for ever.
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { MessagePort } from "node:worker_threads";
import type { OxbowError } from "../base/errors.js";
import { SharedEnvironment } from "../environment/shared.js";
import { Heap } from "../memory/heap.js";
import { parallelLibrary } from "../parallel/library.js";
import { TapReader } from "../sync/taps.js";
import { LiveInspection } from "./live-inspection.js";
import { PageServer } from "./page-server.js";
import type { Inspection } from "./protocol.js";
import { RecordedInspection } from "./recorded-inspection.js";
import type { InspectorSetup, Order, Report } from "./setup.js";

/** How often taps are read, and how often samples are taken of what threads do. */
const LOOK_MS = 50;
const SAMPLE_MS = 1;
/** In the package, beside `src` and `workers`. */
const PAGE_FOLDER = new URL("../../inspector/", import.meta.url);

/** Serves until it is told to close. */
export async function serveInspector(port: MessagePort, setup: InspectorSetup): Promise<void> {
  const report = (message: Report): void => port.postMessage(message);
  try {
    const { address, close, orders } = await start(setup);
    port.on("message", (order: Order) => {
      if (order.kind !== "close") {
        orders(order, report);
        return;
      }
      close();
      report({ kind: "closed" });
      port.close();
    });
    report({ kind: "ready", address });
  } catch (error) {
    const { message, code = "ERR_FILE" } = error as Partial<OxbowError>;
    report({ kind: "failed", message: message ?? String(error), code });
    port.close();
  }
}

interface Started {
  readonly address: string | null;
  readonly orders: (order: Order, report: (message: Report) => void) => void;
  readonly close: () => void;
}

async function start(setup: InspectorSetup): Promise<Started> {
  return setup.file === null ? await startLive(setup) : await startRecorded(setup.file, setup.port);
}

async function startRecorded(file: string, port: number | null): Promise<Started> {
  const inspection = RecordedInspection.parse(readFileSync(file, "utf8"), file);
  const server = new PageServer(inspection, PAGE_FOLDER);
  const address = port === null ? null : await server.listen(port);
  return { address, orders: () => undefined, close: () => server.close() };
}

async function startLive({ taps, profiles, port }: InspectorSetup): Promise<Started> {
  const inspection = new LiveInspection(new TapReader(taps), profiles, parallelLibrary({}));
  const timers = [setInterval(() => inspection.look(), LOOK_MS)];
  if (profiles) timers.push(setInterval(() => inspection.sample(), SAMPLE_MS));
  const server =
    port === null ? null : new PageServer(inspection, PAGE_FOLDER, askingFor(inspection));
  return {
    address: (await server?.listen(port!)) ?? null,
    orders: (order, report) => obey(inspection, order, report),
    close: () => {
      for (const timer of timers) clearInterval(timer);
      server?.close();
      inspection.close();
    },
  };
}

/** What is asked for is of now, and who looks at environments wishes for the present one. */
function askingFor(inspection: LiveInspection): (name: string) => void {
  return (name) => {
    if (name === "api/environments") inspection.wishForEnvironment();
    inspection.look();
  };
}

function obey(inspection: LiveInspection, order: Order, report: (message: Report) => void): void {
  switch (order.kind) {
    case "heap":
      inspection.attach(order.number, Heap.receive(order.handle));
      return;
    case "board":
      inspection.addBoard(order.heap, order.board);
      return;
    case "source":
      inspection.places.addText(order.text, order.file);
      return;
    case "watch": {
      const { name, heap, handle } = order;
      inspection.watch(name, heap, (attached) => SharedEnvironment.receive(handle, attached));
      return;
    }
    case "end watching":
      inspection.endWatching(order.name);
      return;
    case "profile":
      inspection.look();
      report({ kind: "profile", profile: inspection.profile() });
      return;
    case "record":
      inspection.look();
      report({ kind: "recorded", problem: record(inspection, order.file) });
      return;
    case "close":
      return;
  }
}

/** What kept the file from being written; null for nothing. */
function record(inspection: Inspection, file: string): string | null {
  try {
    writeFileSync(file, `${JSON.stringify(inspection.recording())}\n`);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

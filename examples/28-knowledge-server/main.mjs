// Starts the server, tells it something, kills it with kill -9, starts it again and asks.
// Run it after `npm run build`: node examples/28-knowledge-server/main.mjs
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const directory = mkdtempSync(join(tmpdir(), "oxbow-server-"));

async function start() {
  const server = fork(new URL("./server.mjs", import.meta.url), [directory]);
  const [port] = await once(server, "message");
  const send = async (path, body) => {
    const method = path.startsWith("/ask") ? "GET" : "POST";
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, body });
    return await response.text();
  };
  const end = async (signal) => {
    const ended = once(server, "exit");
    server.kill(signal);
    await ended;
  };
  return { send, end };
}

const ask = (text) => `/ask?atom=${encodeURIComponent(text)}`;

const first = await start();
console.log(await first.send("/facts", "(flows Avon Severn) (flows Severn Sea)"));
console.log(
  await first.send(
    "/facts",
    "(= (reaches $x) (match &self (flows $x $y) $y)) (= (reaches $x) (match &self (flows $x $y) (reaches $y)))",
  ),
);
const lines = Array.from({ length: 20_000 }, (_, n) => `(well ${n})`).join("\n");
console.log(await first.send("/facts", lines));
const saved = first.send("/save?name=monday"); // writes 20,000 facts …
console.log(await first.send(ask("(reaches Avon)"))); // … and answers
console.log(await saved);
console.log(await first.send("/facts", "(flows Thames Sea)")); // kept: it is acknowledged
await first.end("SIGKILL");

const second = await start();
console.log(await second.send(ask("(match &self (flows $x Sea) $x)")));
console.log(await second.send(ask("(match &self (well 19999) found)")));
await second.end("SIGTERM");
rmSync(directory, { recursive: true });
// Prints:
// 2 kept
// 2 kept
// 20000 kept
// Severn
// Sea
// saved as monday
// 1 kept
// Severn
// Thames
// found

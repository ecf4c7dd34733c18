/**
 * Serves the files of a folder to this machine's browsers, with the headers that let pages share memory.
 *
 * Invariants
 *   PV1  What can be had is what was in the folder at the beginning: no path leads anywhere else.
 *   PV2  Who asks by another name than this machine's own is refused, so that no page of elsewhere can ask in its place.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, sep } from "node:path";

const HOST = "127.0.0.1";
const OWN_NAMES = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".md": "text/plain; charset=utf-8",
};

const HEADERS: Readonly<Record<string, string>> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  // A newer version of the package is served under the same address.
  "Cache-Control": "no-cache",
};

/** A server that listens. */
export interface PageServer {
  readonly port: number;
  /** Kept when nobody is served any more. */
  close(): Promise<void>;
}

/** Serves a folder; port 0 is any that is free. Throws what the system says: `EADDRINUSE`, `EACCES`. */
export async function servePages(folder: string, port: number): Promise<PageServer> {
  const paths = pathsOf(folder);
  const server = createServer((request, response) => answer(request, response, paths));
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The files of a folder by the paths that they are asked for (PV1). */
function pathsOf(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const paths = new Map(
    names.map((name) => [
      name.slice(folder.length).split(sep).join("/").replace(/^\/?/, "/"),
      name,
    ]),
  );
  const index = paths.get("/index.html");
  if (index !== undefined) paths.set("/", index);
  return paths;
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () => resolve());
  });
}

function answer(
  { method, url = "/", headers }: IncomingMessage,
  response: ServerResponse,
  paths: ReadonlyMap<string, string>,
): void {
  const name = paths.get(url.replace(/[?#].*$/s, ""));
  // PV2
  if (!OWN_NAMES.test(headers.host ?? "")) refuse(response, 403, "not a name of this machine");
  else if (method !== "GET" && method !== "HEAD") refuse(response, 405, "only to be read");
  else if (name === undefined) refuse(response, 404, "there is no such file");
  else send(response, name, method === "GET");
}

function send(response: ServerResponse, name: string, isWhole: boolean): void {
  const content = readFileSync(name);
  const type = TYPES[extname(name)] ?? "application/octet-stream";
  response.writeHead(200, { ...HEADERS, "Content-Type": type, "Content-Length": content.length });
  response.end(isWhole ? content : undefined);
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { ...HEADERS, "Content-Type": "text/plain" });
  response.end(`${why}\n`);
}

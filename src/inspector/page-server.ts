/**
 * Page server: the inspector's page and what it asks for, for one browser on this machine.
 *
 *     http://127.0.0.1:PORT/TOKEN/           the page
 *     http://127.0.0.1:PORT/TOKEN/api/…      JSON; /api/events is a stream of server-sent events
 *
 * What is shown is a program's own data, so nobody else gets at it:
 *
 *   HS1  It listens on the loopback address only.
 *   HS2  A request without the token, 128 random bits, gets nothing, not even whether there is something.
 *   HS3  A request whose `Host` is not this server's own (a name that somebody let lead here), or whose `Origin` is that of
 *        another page, is refused.
 *   HS4  Nothing is changed by a request but what the inspector itself keeps.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { OxbowError } from "../base/errors.js";
import type { Inspection } from "./protocol.js";

const LOOPBACK = "127.0.0.1";
const TOKEN_BYTES = 16;
/** How often what is new is sent. */
const SEND_MS = 100;
/** Events in one message, so that the page can draw in between. */
const SENT_AT_ONCE = 500;
const MOST_FACTS = 500;

const FILES: Readonly<Record<string, string>> = {
  "": "text/html; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
};

const HEADERS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

type Ask = (query: URLSearchParams) => unknown;

export class PageServer {
  readonly #server: Server;
  readonly #inspection: Inspection;
  readonly #folder: URL;
  readonly #token = randomBytes(TOKEN_BYTES).toString("hex");
  readonly #asks: Readonly<Record<string, Ask>>;
  readonly #streams = new Map<ServerResponse, NodeJS.Timeout>();

  /**
   * @param folder where the built page is.
   * @param onAsk called before each answer, so that it is of now.
   */
  constructor(inspection: Inspection, folder: URL, onAsk: (name: string) => void = () => {}) {
    this.#inspection = inspection;
    this.#folder = folder;
    const number = (query: URLSearchParams, name: string): number => Number(query.get(name) ?? 0);
    const text = (query: URLSearchParams, name: string): string => query.get(name) ?? "";
    this.#asks = {
      state: () => inspection.state(),
      environments: () => inspection.environments(),
      relations: (query) => inspection.relations(number(query, "environment")),
      facts: (query) =>
        inspection.facts(
          number(query, "environment"),
          text(query, "relation"),
          number(query, "from"),
          Math.min(MOST_FACTS, number(query, "count")),
        ),
      search: (query) =>
        inspection.search(
          number(query, "environment"),
          text(query, "relation"),
          text(query, "wanted"),
        ),
      heaps: () => inspection.heaps(),
      blocks: (query) => inspection.blocks(number(query, "heap"), number(query, "chunk")),
      locks: () => inspection.locks(),
      profile: () => inspection.profile(),
      tree: (query) => inspection.tree(number(query, "run")),
      recording: () => inspection.recording(),
    };
    this.#server = createServer((request, response) => {
      const { status, path } = this.#admit(request);
      if (status !== 200) {
        response.writeHead(status, HEADERS).end();
        return;
      }
      onAsk(path);
      this.#answer(path, request, response);
    });
  }

  /** Listens on a port, any free one for 0; the page's address. Rejects with ERR_FILE if the port is taken. */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause: NodeJS.ErrnoException) => {
        const message = `cannot serve the inspector on port ${port}: ${cause.message}`;
        reject(new OxbowError("ERR_FILE", message, { port }, { cause }));
      });
      this.#server.listen(port, LOOPBACK, resolve); // HS1
    });
    return `http://${LOOPBACK}:${this.#port}/${this.#token}/`;
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    for (const [response, timer] of this.#streams) {
      clearInterval(timer);
      response.end();
    }
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Whether a request gets an answer, and what is asked for. */
  #admit({ headers, method, url = "" }: IncomingMessage): { status: number; path: string } {
    const own = [`${LOOPBACK}:${this.#port}`, `localhost:${this.#port}`];
    // HS3
    if (!own.includes(headers.host ?? "")) return { status: 403, path: "" };
    const { origin } = headers;
    if (origin !== undefined && !own.some((host) => origin === `http://${host}`)) {
      return { status: 403, path: "" };
    }
    if (headers["sec-fetch-site"] === "cross-site") return { status: 403, path: "" };
    const [, token = "", ...rest] = url.split("?")[0]!.split("/");
    if (!this.#isToken(token)) return { status: 404, path: "" }; // HS2
    if (method !== "GET") return { status: 405, path: "" };
    return { status: 200, path: rest.join("/") };
  }

  #isToken(given: string): boolean {
    const bytes = Buffer.from(given);
    const own = Buffer.from(this.#token);
    return bytes.length === own.length && timingSafeEqual(bytes, own);
  }

  #answer(path: string, request: IncomingMessage, response: ServerResponse): void {
    const query = new URL(request.url!, "http://inspector").searchParams;
    if (path === "api/events") {
      this.#stream(Number(query.get("from") ?? 0), response);
      return;
    }
    const type = FILES[path];
    if (type !== undefined) {
      const name = path === "" ? "index.html" : path;
      response.writeHead(200, { ...HEADERS, "Content-Type": type });
      response.end(readFileSync(new URL(name, this.#folder)));
      return;
    }
    const ask = path.startsWith("api/") ? this.#asks[path.slice("api/".length)] : undefined;
    if (ask === undefined) {
      response.writeHead(404, HEADERS).end();
      return;
    }
    response.writeHead(200, { ...HEADERS, "Content-Type": "application/json; charset=utf-8" });
    response.end(JSON.stringify(ask(query)));
  }

  /** Events from a number on, as they come, until the page is closed. */
  #stream(from: number, response: ServerResponse): void {
    response.writeHead(200, { ...HEADERS, "Content-Type": "text/event-stream" });
    let next = from;
    const send = (): void => {
      // A page that does not keep up gets what is new later.
      if (response.writableNeedDrain) return;
      const { first, events } = this.#inspection.eventsFrom(next);
      const some = events.slice(0, SENT_AT_ONCE);
      next = first + some.length;
      if (some.length === 0 && from >= 0) return;
      response.write(`id: ${next}\ndata: ${JSON.stringify({ first, events: some })}\n\n`);
    };
    send();
    const timer = setInterval(send, SEND_MS);
    this.#streams.set(response, timer);
    response.once("close", () => {
      clearInterval(timer);
      this.#streams.delete(response);
    });
  }
}

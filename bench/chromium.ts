/** A headless Chromium, and a server for its pages. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";

/** What a page is served with. */
export type PageKind = "plain" | "isolated" | "no-eval";

const HEADERS: Record<PageKind, Record<string, string>> = {
  plain: {},
  isolated: {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
  },
  "no-eval": { "Content-Security-Policy": "default-src 'self'; script-src 'self'; img-src data:" },
};

const TYPES: Record<string, string> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".html": "text/html",
  ".css": "text/css",
};

const EMPTY_PAGE = `<!doctype html><html lang="en"><link rel="icon" href="data:," /><title></title></html>`;

/** It asks nobody outside for anything. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** `/plain/…`, `/isolated/…`, `/no-eval/…` are the same files under other headers. */
export class Chromium {
  readonly #server: Server;
  readonly #context: BrowserContext;
  readonly #profile: string;
  readonly #errors: Error[] = [];

  private constructor(server: Server, context: BrowserContext, profile: string) {
    this.#server = server;
    this.#context = context;
    this.#profile = profile;
  }

  /**
   * @param folders of what is served: a path is looked for in one after the other, and that of an installed package by
   *   the name of its file.
   */
  static async start(executable: string, folders: readonly URL[]): Promise<Chromium> {
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url!, "http://localhost");
      const parts = /^\/(plain|isolated|no-eval)\/(.*)$/.exec(pathname);
      const kind = (parts?.[1] ?? "isolated") as PageKind;
      answer(
        response,
        HEADERS[kind],
        parts?.[2] ?? pathname.replace(/^\/node_modules\/.*\//, ""),
        folders,
      );
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const profile = mkdtempSync(join(tmpdir(), "oxbow-chromium-"));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: executable,
      headless: true,
      args: ARGUMENTS,
    });
    return new Chromium(server, context, profile);
  }

  /** A new page, an empty one if no path is given. */
  async open(kind: PageKind, path = ""): Promise<Page> {
    const { port } = this.#server.address() as AddressInfo;
    return await this.goTo(`http://127.0.0.1:${port}/${kind}/${path}`);
  }

  /** A new page of any server. */
  async goTo(address: string): Promise<Page> {
    const page = await this.#context.newPage();
    page.on("pageerror", (error) => this.#errors.push(error));
    page.on("console", (message) => {
      if (message.type() === "error") this.#errors.push(new Error(message.text()));
    });
    await page.goto(address);
    return page;
  }

  /** Throws what a page has told its console as an error, or nobody caught. */
  async close(): Promise<void> {
    await this.#context.close();
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#profile, { recursive: true, force: true });
    if (this.#errors.length > 0) throw new AggregateError(this.#errors, "a page had errors");
  }
}

function answer(
  response: ServerResponse,
  headers: Record<string, string>,
  path: string,
  folders: readonly URL[],
): void {
  const content = path === "" ? EMPTY_PAGE : contentOf(path, folders);
  const type = TYPES[path === "" ? ".html" : extname(path)] ?? "text/plain";
  response.writeHead(content === undefined ? 404 : 200, { ...headers, "Content-Type": type });
  response.end(content);
}

function contentOf(path: string, folders: readonly URL[]): Buffer | undefined {
  for (const folder of folders) {
    try {
      return readFileSync(new URL(path, folder));
    } catch {
      // It may be in the next one.
    }
  }
  return undefined;
}

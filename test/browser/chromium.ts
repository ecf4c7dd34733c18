/** A headless Chromium, and a server of the built `oxbow/browser` for its pages. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { pathOf } from "../tools.js";

/** What a page is served with. */
export type PageKind = "plain" | "isolated" | "no-eval";

const HEADERS: Record<PageKind, Record<string, string>> = {
  plain: {},
  isolated: {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
  },
  "no-eval": { "Content-Security-Policy": "default-src 'self'; script-src 'self'" },
};

const TYPES: Record<string, string> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".html": "text/html",
  ".css": "text/css",
};

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

  private constructor(server: Server, context: BrowserContext, profile: string) {
    this.#server = server;
    this.#context = context;
    this.#profile = profile;
  }

  /** @param pages the folder of the pages; the built package is beside them, and in `node_modules` too. */
  static async start(pages = new URL("./pages/", import.meta.url)): Promise<Chromium> {
    const folders = [pages, new URL("../../dist/browser/", import.meta.url)];
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url!, "http://localhost");
      const [, kind, path] = /^\/(plain|isolated|no-eval)\/(.*)$/.exec(pathname) ?? [
        "",
        "isolated",
        pathname,
      ];
      const file = path.replace("/node_modules/oxbow/dist/browser/", "");
      answer(response, HEADERS[kind as PageKind], file, folders);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const profile = mkdtempSync(join(tmpdir(), "oxbow-chromium-"));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: pathOf("chromium"),
      headless: true,
      args: ARGUMENTS,
    });
    return new Chromium(server, context, profile);
  }

  /** A new page at `path`; what goes wrong in it unseen is thrown by {@link close}. */
  async open(kind: PageKind, path = "index.html"): Promise<Page> {
    const page = await this.#context.newPage();
    await page.goto(this.address(kind, path));
    return page;
  }

  address(kind: PageKind, path: string): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/${kind}/${path}`;
  }

  async close(): Promise<void> {
    await this.#context.close();
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#profile, { recursive: true, force: true });
  }
}

function answer(
  response: ServerResponse,
  headers: Record<string, string>,
  path: string,
  folders: readonly URL[],
): void {
  for (const folder of folders) {
    try {
      const content = readFileSync(fileURLToPath(new URL(path, folder)));
      response.writeHead(200, { ...headers, "Content-Type": TYPES[extname(path)] ?? "text/plain" });
      response.end(content);
      return;
    } catch {
      // It may be in the next one.
    }
  }
  response.writeHead(404).end();
}

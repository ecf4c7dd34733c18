/**
 * A headless Firefox without a driver: it opens one page, which asks the server what to do and tells what came of it.
 *
 *   call ──▶ /next ──▶ page: a function of `main.mjs` ──▶ /done ──▶ its answer
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";

/** With or without what threads need. */
export type FirefoxPage = "isolated" | "plain";

/** What the page is to do: to call a function, or to become another page. */
type Order =
  | { readonly name: string; readonly args: readonly unknown[] }
  | { readonly page: string };

interface Made {
  readonly answer?: unknown;
  readonly failure?: string;
}

/** It asks nobody outside for anything. */
const SETTINGS = `
user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,");
user_pref("toolkit.telemetry.enabled", false);
`;
const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
};
const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export class Firefox {
  readonly #executable: string;
  readonly #folders: readonly URL[];
  readonly #server: Server;
  readonly #profile = mkdtempSync(join(tmpdir(), "oxbow-firefox-"));
  #browser: ChildProcess | undefined;
  #page: FirefoxPage | undefined;
  /** A page that has asked what to do, and is told later. */
  #waiting: ServerResponse | undefined;
  readonly #orders: Order[] = [];
  #settle: ((made: Made) => void) | undefined;

  private constructor(executable: string, folders: readonly URL[]) {
    this.#executable = executable;
    this.#folders = folders;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** @param folders of what is served: a path is looked for in one after the other. */
  static async start(executable: string, folders: readonly URL[]): Promise<Firefox> {
    const firefox = new Firefox(executable, folders);
    writeFileSync(join(firefox.#profile, "user.js"), SETTINGS);
    await new Promise<void>((resolve) => {
      firefox.#server.listen(0, "127.0.0.1", resolve);
    });
    return firefox;
  }

  /** What a function that `main.mjs` has put into the page gives. */
  async call(page: FirefoxPage, name: string, ...args: readonly unknown[]): Promise<unknown> {
    if (this.#page === undefined) this.#open(page);
    else if (this.#page !== page) this.#tell({ page: `/${page}/visitor.html` });
    this.#page = page;
    const made = await new Promise<Made>((resolve) => {
      this.#settle = resolve;
      this.#tell({ name, args });
    });
    if (made.failure !== undefined) throw new Error(made.failure);
    return made.answer;
  }

  #open(page: FirefoxPage): void {
    const { port } = this.#server.address() as AddressInfo;
    const address = `http://127.0.0.1:${port}/${page}/visitor.html`;
    const argv = ["--headless", "--no-remote", "--profile", this.#profile, address];
    this.#browser = spawn(this.#executable, argv, { stdio: "ignore" });
  }

  /** To the page that waits, or else to the next that asks. */
  #tell(order: Order): void {
    this.#orders.push(order);
    this.#send();
  }

  #send(): void {
    const order = this.#waiting === undefined ? undefined : this.#orders.shift();
    if (order === undefined) return;
    this.#waiting!.end(JSON.stringify(order));
    this.#waiting = undefined;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url!, "http://localhost");
    if (pathname === "/next") {
      this.#waiting = response;
      this.#send();
    } else if (pathname === "/done") {
      let text = "";
      for await (const part of request) text += String(part);
      response.end();
      this.#settle?.(JSON.parse(text) as Made);
    } else {
      this.#serve(pathname, response);
    }
  }

  #serve(pathname: string, response: ServerResponse): void {
    const [, page, path = ""] = /^\/(isolated|plain)\/(.*)$/.exec(pathname) ?? [];
    const content = this.#folders
      .map((folder) => new URL(path, folder))
      .map((url) => (path === "" ? undefined : read(url)))
      .find((each) => each !== undefined);
    const type = TYPES[extname(path)] ?? "text/plain";
    response.writeHead(content === undefined ? 404 : 200, {
      ...(page === "isolated" ? ISOLATED : {}),
      "Content-Type": type,
    });
    response.end(content);
  }

  async close(): Promise<void> {
    const browser = this.#browser;
    if (browser !== undefined && browser.exitCode === null) {
      const ended = new Promise((resolve) => {
        browser.once("exit", resolve);
      });
      browser.kill();
      await ended;
    }
    this.#server.closeAllConnections();
    this.#server.close();
    // The last of its processes may still be writing.
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

function read(url: URL): Buffer | undefined {
  try {
    return readFileSync(url);
  } catch {
    return undefined;
  }
}

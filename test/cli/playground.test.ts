import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runPlayground } from "../../src/cli/playground-command.js";
import { streamFor } from "../../src/cli/terminal.js";
import { oxbow } from "./terminal.js";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

let address: URL;
let end: () => void;
let ended: Promise<number>;
beforeAll(async () => {
  const out = new PassThrough();
  const terminal = {
    out: streamFor(out, {}),
    err: streamFor(new PassThrough(), {}),
    input: Readable.from([]),
    inputIsTerminal: false,
    environment: {},
  };
  const ending = new Promise<void>((resolve) => {
    end = resolve;
  });
  ended = runPlayground({ port: 0 }, terminal, ending);
  const [line] = (await once(out, "data")) as [Buffer];
  address = new URL(line.toString().trim());
});
afterAll(async () => {
  end();
  expect(await ended).toBe(0);
});

/** Asks for a path as it is written. */
async function ask(path: string, method = "GET", host = address.host): Promise<Answer> {
  const { port } = address;
  const asking = request({ host: "127.0.0.1", port, path, method, headers: { host } });
  asking.end();
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  const parts = (await response.setEncoding("utf8").toArray()) as string[];
  const { statusCode = 0, headers } = response;
  return { status: statusCode, headers, text: parts.join("") };
}

describe("oxbow playground", () => {
  test("serves the page with the headers that threads need", async () => {
    const { status, headers, text } = await ask("/");
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "content-type": "text/html; charset=utf-8",
    });
    expect(text).toContain("<title>Oxbow playground</title>");
    const scripts = [...text.matchAll(/src="\.(\/assets\/[^"]+\.js)"/g)].map((match) => match[1]!);
    expect(scripts).not.toEqual([]);
    expect((await ask(scripts[0]!)).headers["content-type"]).toContain("text/javascript");
  });

  test.each([
    "/../package.json",
    "/%2e%2e/package.json",
    "/..%2fpackage.json",
    "//etc/passwd",
    "/assets",
  ])("has nothing outside of the playground: %s (PV1)", async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404 });
  });

  test("is for who asks by a name of this machine (PV2)", async () => {
    expect(await ask("/", "GET", "elsewhere.example")).toMatchObject({ status: 403 });
    expect(await ask("/", "GET", "localhost:1")).toMatchObject({ status: 200 });
  });

  test("is only to be read", async () => {
    expect(await ask("/", "POST")).toMatchObject({ status: 405 });
    expect(await ask("/", "HEAD")).toMatchObject({ status: 200, text: "" });
  });

  test("says that a port is in use, and how to take another", async () => {
    const { exitCode, out, err } = await oxbow(["playground", "--port", address.port]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toBe(
      `oxbow: cannot serve the playground: port ${address.port} is in use; --port takes another, and 0 any that is free\n`,
    );
  });

  test("listens on this machine only", async () => {
    const other = createServer();
    // The same port of another address of this machine is free.
    await new Promise<void>((resolve, reject) => {
      other.once("error", reject);
      other.listen(Number(address.port), "127.0.0.2", resolve);
    });
    expect((other.address() as AddressInfo).address).toBe("127.0.0.2");
    other.close();
  });

  test.each(["-1", "65536", "http", ""])("refuses the port %j", async (port) => {
    const { exitCode, err } = await oxbow(["playground", `--port=${port}`]);
    expect(exitCode).toBe(2);
    expect(err).toContain("It must be a whole number from 0 to 65535.");
  });
});

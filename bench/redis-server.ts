/** A Redis of its own for a test or a suite: on a free port of the loopback, in a directory for temporary files. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where Debian puts it. */
const REDIS = "/usr/bin/redis-server";

export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly directory: string;
  readonly #more: readonly string[];
  #process: ChildProcess | null = null;

  /** Starts one; `more` are options of redis-server. */
  static async start(more: readonly string[] = []): Promise<RedisServer> {
    const directory = await mkdtemp(join(tmpdir(), "oxbow-redis-"));
    const made = new RedisServer(await freePort(), directory, more);
    await made.start();
    return made;
  }

  private constructor(port: number, directory: string, more: readonly string[]) {
    this.port = port;
    this.directory = directory;
    this.#more = more;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it again, after {@link end}, with what is in its directory. */
  async start(): Promise<void> {
    const own = [
      "--port",
      `${this.port}`,
      "--bind",
      "127.0.0.1",
      "--dir",
      this.directory,
      "--save",
      "",
    ];
    const child = spawn(REDIS, [...own, ...this.#more], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.#process = child;
    let told = "";
    for await (const chunk of child.stdout) {
      told += String(chunk);
      if (told.includes("Ready to accept connections")) break;
    }
    // What it tells from now on nobody reads.
    child.stdout.resume();
    if (child.exitCode !== null) throw new Error(`redis-server ended: ${told}`);
  }

  /** Ends it at once. */
  async end(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  /** What it has written is gone. */
  async forget(): Promise<void> {
    for (const name of await readdir(this.directory)) {
      await rm(join(this.directory, name), { recursive: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/**
 * A project that uses the package as its users get it: packed, unpacked into `node_modules`, its dependencies
 * beside it.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "../architecture/sources.js";

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

export const MANIFEST: Manifest = JSON.parse(
  readFileSync(join(ROOT, "package.json"), "utf8"),
) as Manifest;

/** Of our own `node_modules`: what a project may have besides the package. */
export function modulePath(name: string): string {
  return join(ROOT, "node_modules", name);
}

export class Consumer {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Packs what is built. `packages` of our own are there as well. */
  static create(packages: readonly string[] = []): Consumer {
    const consumer = Consumer.empty();
    const modules = join(consumer.folder, "node_modules");
    mkdirSync(modules);
    consumer.#run(ROOT, "npm", ["pack", "--ignore-scripts", "--pack-destination", consumer.folder]);
    consumer.#run(modules, "tar", ["-xzf", consumer.tarball]);
    cpSync(join(modules, "package"), join(modules, "oxbow"), { recursive: true });
    rmSync(join(modules, "package"), { recursive: true });
    for (const name of [...Object.keys(MANIFEST.dependencies), "@types/node", ...packages]) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(modulePath(name), join(modules, name));
    }
    consumer.write("package.json", '{ "name": "consumer", "private": true, "type": "module" }\n');
    return consumer;
  }

  /** A folder with no package in it. */
  static empty(): Consumer {
    return new Consumer(mkdtempSync(join(tmpdir(), "oxbow-consumer-")));
  }

  /** The packed package. */
  get tarball(): string {
    return join(this.folder, `oxbow-${MANIFEST.version}.tgz`);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  /** Runs a script with Node.js, in the project; gives what it prints, and throws if it fails or complains. */
  node(...argv: readonly string[]): string {
    return this.#run(this.folder, process.execPath, argv);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  #run(cwd: string, command: string, argv: readonly string[]): string {
    // A user's shell knows nothing of the test runner.
    const env = { ...process.env, NODE_OPTIONS: "", NODE_ENV: "", VITEST: "" };
    const run = spawnSync(command, argv, { cwd, encoding: "utf8", env });
    if (run.status === 0) return run.stdout;
    throw new Error(`${command} ${argv.join(" ")} failed:\n${run.stdout}${run.stderr}`);
  }
}

/** The first example, which starts threads, and what it prints. */
export const EXAMPLE: string = readFileSync(join(ROOT, "examples/01-embed.ts"), "utf8");
export const EXAMPLE_PRINTS: string = EXAMPLE.split("// Prints:\n")[1]!.replaceAll(/^\/\/ /gm, "");

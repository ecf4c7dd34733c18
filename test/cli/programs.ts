/** A folder for a test file's programs, gone when its tests are done. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll } from "vitest";

export class Programs {
  #folder = "";

  /** To be called where tests are declared. */
  constructor() {
    beforeAll(() => {
      this.#folder = mkdtempSync(join(tmpdir(), "oxbow-programs-"));
    });
    afterAll(() => rmSync(this.#folder, { recursive: true }));
  }

  path(name = ""): string {
    return join(this.#folder, name);
  }

  /** Writes a program and gives its path. */
  write(name: string, text: string): string {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
    return this.path(name);
  }
}

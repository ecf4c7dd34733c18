import { posix } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { files } from "../../src/platform/browser/files.js";
import { paths } from "../../src/platform/browser/paths.js";
import { waiting } from "../../src/platform/browser/waiting.js";

const part = fc.constantFrom("a", "b.metta", "c d", ".", "..", "", "/", "e/f", "/g");

describe("paths of a browser", () => {
  test("are those of POSIX, from the root", () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), part, (parts, other) => {
        const path = parts.join("/");
        const whole = posix.resolve("/", path);
        expect(paths.resolve(...parts)).toBe(posix.resolve("/", ...parts));
        expect(paths.isAbsolute(path)).toBe(posix.isAbsolute(path));
        expect(paths.basename(path)).toBe(posix.basename(path));
        expect(paths.dirname(whole)).toBe(posix.dirname(whole));
        expect(paths.relative(path, other)).toBe(
          posix.relative(posix.resolve("/", path), posix.resolve("/", other)),
        );
        expect(paths.resolve(paths.join(...parts))).toBe(posix.resolve("/", posix.join(...parts)));
      }),
    );
  });

  test.each([
    ["a/b.metta", ".metta", "b"],
    ["b.metta/", ".metta", "b"],
    ["/", "", ""],
  ])("basename of %s without %s is %s", (path, suffix, name) => {
    expect(paths.basename(path, suffix)).toBe(name);
    expect(posix.basename(path, suffix)).toBe(name);
  });

  test("have a file URL each", () => {
    expect(paths.toUrl("/a b.mjs")).toBe("file:///a%20b.mjs");
  });
});

describe("files of a browser", () => {
  test("are not there, which is an error with a code (PL1)", () => {
    const all = [files.readText, files.list, files.realPath, files.linkTarget];
    for (const ask of all) {
      expect(() => ask("/a")).toThrow(expect.objectContaining({ code: "ENOENT" }));
    }
  });
});

describe("waiting in a page", () => {
  const shared = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));

  test("ends at once if the word is another, and when its time is over", () => {
    expect(waiting.wait(shared(), 0, 1, 10_000)).toBe(true);
    expect(waiting.wait(shared(), 0, 0, 1)).toBe(false);
  });

  test("for ever returns now and then, for the caller to look at the whole", () => {
    expect(waiting.wait(shared(), 0, 0, Number.POSITIVE_INFINITY)).toBe(true);
  });

  test("on memory of its own is over in time, and refused if it would never be", () => {
    const words = new Int32Array(1);
    expect(waiting.wait(words, 0, 1, Number.POSITIVE_INFINITY)).toBe(true);
    expect(waiting.wait(words, 0, 0, 1)).toBe(false);
    expect(() => waiting.wait(words, 0, 0, Number.POSITIVE_INFINITY)).toThrow("cannot wait");
  });

  test("gives the event loop its turn", async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      waiting.afterTurn(() => {
        order.push("after");
        resolve();
      });
      order.push("before");
    });
    await waiting.turn();
    expect(order).toEqual(["before", "after"]);
  });

  test("knows the value of the innermost call, not behind an await", () => {
    const storage = waiting.callStorage<number>();
    const seen = storage.run(1, () => [storage.run(2, () => storage.current()), storage.current()]);
    expect(seen).toEqual([2, 1]);
    expect(storage.current()).toBeUndefined();
    expect(waiting.followsAwait).toBe(false);
  });
});

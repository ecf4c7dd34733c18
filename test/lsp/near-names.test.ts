import { describe, expect, it } from "vitest";
import { NearNames } from "../../src/lsp/near-names.js";

describe("the nearest name", () => {
  it("follows the names that are known", () => {
    const near = new NearNames(["let"]);
    near.update([new Set(["half", "parent"])]);
    expect(near.nearestTo("haf")).toBe("half");
    expect(near.nearestTo("parnet")).toBe("parent");
    expect(near.nearestTo("lett")).toBe("let");
    near.update([new Set(["calf", "parent"])]);
    expect(near.nearestTo("haf")).toBeUndefined();
    near.update([new Set(["calf", "parent"]), new Set(["haft"])]);
    expect(near.nearestTo("haf")).toBe("haft");
  });

  it("is kept while the same names are known, and looked for only so often", () => {
    let walks = 0;
    const language: Iterable<string> = {
      *[Symbol.iterator]() {
        walks += 1;
        yield "let";
      },
    };
    const near = new NearNames(language);
    near.update([new Set(["half"])]);
    expect(near.nearestTo("haf")).toBe("half");
    near.update([new Set(["half"])]);
    expect(near.nearestTo("haf")).toBe("half");
    expect(walks).toBe(1);
    for (let index = 0; index < 40; index++) near.nearestTo(`unheard-of-${index}`);
    expect(near.nearestTo("halff")).toBeUndefined();
  });
});

/** Ways out of the folders that a program may use. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { string } from "../../../src/term/atom.js";
import { print } from "../../../src/term/printer.js";
import { run } from "../run.js";

let top: string;
let inside: string;
let outside: string;

beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), "oxbow-permissions-")));
  inside = join(top, "inside");
  outside = join(top, "outside");
  for (const folder of [inside, outside]) mkdirSync(folder);
  writeFileSync(join(inside, "kept.metta"), "(kept yes)");
  writeFileSync(join(outside, "secret.metta"), "(secret yes)");
  symlinkSync(join(outside, "secret.metta"), join(inside, "link.metta"));
  symlinkSync(outside, join(inside, "folder"));
  symlinkSync("../outside/not-yet.metta", join(inside, "dangling.metta"));
  symlinkSync("round.metta", join(inside, "round.metta"));
});
afterEach(() => {
  rmSync(top, { recursive: true });
});

/** What each operation on files gives for a path, where `inside` may be read and written. */
function tried(path: string): string {
  const name = print(string(path));
  const permissions = { allowRead: [inside], allowWrite: [inside] };
  return [
    `!(import! &self ${name}) !(match &self (secret $x) (leaked $x))`,
    `!(include ${name}) !(match &self (secret $x) (leaked $x))`,
    `!(import! &self fileio) !(let $f (file-open! ${name} "r") (leaked (file-read-to-string! $f)))`,
    `!(import! &self fileio) !(let $f (file-open! ${name} "wc") (file-write! $f "(leaked written)"))`,
  ]
    .map((text) => run(text, {}, permissions).lines.join(" "))
    .join(" ");
}

const WAYS: readonly (readonly [string, () => string])[] = [
  ["an absolute path", () => join(outside, "secret.metta")],
  ["steps up", () => `${inside}/../outside/secret.metta`],
  ["steps up and down again", () => `${inside}/../inside/../outside/./secret.metta`],
  ["a link to a file", () => join(inside, "link.metta")],
  ["a link to a folder", () => join(inside, "folder/secret.metta")],
  ["a link to a folder, and a file that is not there", () => join(inside, "folder/new.metta")],
  ["a link to what is not there", () => join(inside, "dangling.metta")],
  ["a link to itself", () => join(inside, "round.metta")],
  ["a file URL", () => pathToFileURL(join(outside, "secret.metta")).href],
  ["a path with a NUL", () => `${join(inside, "kept.metta")}\0/../../outside/secret.metta`],
  ["a folder with the name of the other before it", () => `${inside}-other/secret.metta`],
  ["the root of the process", () => `/proc/self/root${outside}/secret.metta`],
  ["the folder of the process", () => `/proc/self/cwd/../../../../../..${outside}/secret.metta`],
  ["slashes at the end", () => `${join(inside, "link.metta")}///`],
  ["slashes before", () => `//${join(outside, "secret.metta")}`],
  ["other letters", () => join(top, basename(outside).toUpperCase(), "secret.metta")],
];

describe("a program stays in the folders that it may use", () => {
  test.each(WAYS)("by %s", (_way, pathOf) => {
    const shown = tried(pathOf());
    expect(shown).not.toMatch(/leaked (?:yes|"|\()/);
    expect(
      run(
        `!(import! &self fileio) !(let $f (file-open! "${join(outside, "secret.metta")}" "r") (file-read-to-string! $f))`,
        {},
        { allowRead: [outside] },
      ).lines[1],
    ).toBe('["(secret yes)"]');
    for (const made of ["not-yet.metta", "new.metta"]) {
      expect(existsSync(join(outside, made))).toBe(false);
    }
  });

  test("and may use what is in them", () => {
    const permissions = { allowRead: [inside] };
    const path = `${inside}/../inside/./kept.metta`;
    expect(
      run(`!(import! &self "${path}") !(match &self (kept $x) $x)`, {}, permissions).lines[1],
    ).toBe("[yes]");
  });
});

import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../run.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oxbow-"));
  mkdirSync(join(folder, "deep"));
  const files = {
    "one.metta": "(= (one) 1) !(add-atom &self (made here))",
    "deep/two.metta": "!(import! &self three) (= (two) (three))",
    "deep/three.metta": "!(import! &self two) (= (three) 3)",
    "left.metta": "!(import! &self shared) (= (pick) left) (side left)",
    "right.metta": "!(import! &self shared) (= (pick) right) (side right)",
    "shared.metta": "(: shared (-> Number Number)) (= (shared $x) (+ $x 1)) (common shared)",
    "own.metta":
      "!(bind! secret 5) (own 1) (= (mine) (match &self (own $x) $x)) (= (hidden) secret)",
    "broken.metta": "(fine) (broken",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

function lines(program: string): string[] {
  const text = program.replaceAll("@", folder);
  return run(text, {}, { allowRead: [folder], allowWrite: [folder] }).lines;
}

test("bind! gives a word a meaning in the text after it", () => {
  expect(lines("!(== here 5) !(bind! here (+ 2 3)) !(+ here 1)").slice(1)).toEqual(["[()]", "[6]"]);
});

test("bind! wants a symbol", () => {
  expect(lines("!(bind! (a) 1)")[0]).toContain("Error (bind! (a) 1)");
});

test("a module's file is added to the importing space, what it wrote included", () => {
  const found = lines('!(import! &self "@/one.metta") !(one) !(match &self (made $x) $x)');
  expect(found).toEqual(["[()]", "[1]", "[here]"]);
});

test("importing a module twice adds it once", () => {
  const twice = '!(import! &self "@/one.metta") '.repeat(2);
  expect(lines(`${twice} !(match &self (made $x) $x)`)[2]).toBe("[here]");
});

const BOTH = '!(import! &self "@/left.metta") !(import! &self "@/right.metta")';

test("a module that is imported on two ways is there once", () => {
  expect(lines(`${BOTH} !(shared 1) !(match &self (common $x) $x)`).slice(2)).toEqual([
    "[2]",
    "[shared]",
  ]);
});

test("rules of several modules for one call all apply", () => {
  expect(lines(`${BOTH} !(pick)`)[2]).toBe("[left, right]");
});

test("types that a module declares are checked where it is imported", () => {
  expect(lines(`${BOTH} !(shared "a")`)[2]).toBe(
    '[(Error (shared "a") (BadArgType 1 Number String))]',
  );
});

test("the parts of a conjunction may be found in different modules", () => {
  const found = lines(`${BOTH} (mine left) !(match &self (, (side $x) (mine $x)) $x)
    !(match &self (, (side $x) (common $y)) ($x $y))`);
  expect(found.slice(2)).toEqual(["[left]", "[(left shared), (right shared)]"]);
});

test("the atoms of an imported module stay where they are", () => {
  expect(lines(`${BOTH} (mine) !(get-atoms &self)`)[2]).toBe("[(mine)]");
});

test("in a module &self is the module's own space, wherever its rules are called", () => {
  expect(lines('!(import! &self "@/own.metta") (own 2) !(mine)')[1]).toBe("[1]");
});

test("words that a module binds mean nothing elsewhere", () => {
  expect(lines('!(import! &self "@/own.metta") !(hidden) !(id secret)').slice(1)).toEqual([
    "[5]",
    "[secret]",
  ]);
});

test("top: starts at the program's own folder", () => {
  expect(lines("!(import! &self top:json)")).toEqual(["[()]"]);
});

test("a module that is imported under a word keeps to its space", () => {
  const found = lines('!(import! other "@/one.metta") !(one) !(match &other (made $x) $x)');
  expect(found).toEqual(["[()]", "[(one)]", "[here]"]);
});

test("paths in a module start at its own folder, and a cycle ends", () => {
  expect(lines('!(import! &self "@/deep/two.metta") !(two)')).toEqual(["[()]", "[3]"]);
});

test("include gives the values of the last expression and runs in place", () => {
  expect(lines('!(include "@/one.metta") !(one)')).toEqual(["[()]", "[1]"]);
});

test("a module with a syntax error adds nothing", () => {
  const broken = join(folder, "broken.metta");
  const { lines: found, environment } = run(`!(include "${broken}")`, {}, { allowRead: [folder] });
  expect(found[0]).toContain("Error (include");
  expect(environment.count).toBe(0);
});

test("mod-space! gives the space of a module", () => {
  expect(lines('!(match (mod-space! "@/one.metta") (made $x) $x)')).toEqual(["[here]"]);
});

test("register-module! lets a module be imported by its name", () => {
  const found = lines('!(register-module! "@/one.metta") !(import! &self one) !(one)');
  expect(found).toEqual(["[()]", "[()]", "[1]"]);
});

test("skel has a rule and an operation", () => {
  const found = lines(
    "!(import! &self skel) !(skel-swap-pair (Pair a b)) !(skel-swap-pair-native (Pair a b))",
  );
  expect(found).toEqual(["[()]", "[(Pair b a)]", "[(Pair b a)]"]);
});

test("skel-swap-pair-native wants a pair", () => {
  expect(lines("!(import! &self skel) !(skel-swap-pair-native a)")[1]).toBe(
    "[(Error (skel-swap-pair-native a) single pair is expected as an argument)]",
  );
});

test("catalog-list! prints the modules that can be imported", () => {
  const ran = run("!(import! &self catalog) !(catalog-list! all)");
  expect(ran.output).toBe(
    "builtin:\n   random\n   fileio\n   json\n   catalog\n   skel\nfolder:\n",
  );
  expect(run("!(import! &self catalog) !(catalog-list! builtin)").output).not.toContain("folder");
});

test("a catalog that there is not is an error", () => {
  expect(lines("!(import! &self catalog) !(catalog-list! none)")[1]).toBe(
    '[(Error (catalog-list! none) no catalog(s) identified by "none")]',
  );
  expect(lines('!(import! &self catalog) !(catalog-list! "none")')[1]).toContain("BadArgType");
});

test("there is no catalog to update or clear", () => {
  const found = lines("!(import! &self catalog) !(catalog-update! all) !(catalog-clear! all)");
  expect(found.slice(1)).toEqual([
    '[(Error (catalog-update! all) no catalog(s) identified by "all")]',
    '[(Error (catalog-clear! all) no catalog(s) identified by "all")]',
  ]);
});

test("git-module! is refused", () => {
  expect(lines('!(git-module! "https://example.org/x")')[0]).toContain("not supported");
});

test("print-mods! prints what is loaded", () => {
  expect(run("!(import! &self json) !(print-mods!)").output).toBe("top\njson\n");
});

test("without permission neither a module nor a file is read", () => {
  const path = join(folder, "one.metta");
  expect(run(`!(import! &self "${path}")`).lines[0]).toContain("--allow-read");
  const opened = run(`!(import! &self fileio) !(file-open! "${path}" "r")`);
  expect(opened.lines[1]).toContain("--allow-read");
  expect(run(`!(import! &self fileio) !(file-open! "${path}" "w")`).lines[1]).toContain(
    "--allow-write",
  );
});

test("files are written and read at a position", () => {
  const found = lines(`!(import! &self fileio) !(bind! &file (file-open! "@/new.txt" "rwc"))
    !(file-write! &file "one two") !(file-get-size! &file) !(file-seek! &file 4)
    !(file-read-exact! &file 2) !(file-read-to-string! &file)`);
  expect(found.slice(2)).toEqual(["[()]", "[7]", "[()]", '["tw"]', '["o"]']);
});

test("a file that is not there is an error", () => {
  const found = lines('!(import! &self fileio) !(file-open! "@/none.txt" "r")');
  expect(found[1]).toContain("Failed to open file");
});

test("JSON keeps integers exact and floats floats", () => {
  const text = '[9007199254740993, 2.0, \\"a1\\", null, true, {\\"k\\": 1}]';
  const found = lines(`!(import! &self json) !(bind! &v (json-decode "${text}"))
    !(index-atom &v 0) !(index-atom &v 1) !(get-value (index-atom &v 5) "k")
    !(json-encode (1 2.0 "a" sym True null ()))`);
  expect(found.slice(2, 5)).toEqual(["[9007199254740993]", "[2.0]", "[1]"]);
  expect(found[5]).toBe('["[1, 2.0, \\"a\\", \\"sym!:sym\\", true, null, []]"]');
});

test("a dictionary space has keys and values and is an object in JSON", () => {
  const found = lines(`!(import! &self json) !(bind! &d (dict-space (("a" (+ 1 1)) ("b" x))))
    !(get-value &d "a") !(get-keys &d) !(json-encode &d)`);
  expect(found.slice(2)).toEqual(["[2]", '["a", "b"]', '["{\\"a\\":2, \\"b\\":\\"sym!:x\\"}"]']);
});

test("text that is no JSON is an error", () => {
  expect(lines('!(import! &self json) !(json-decode "[1,")')[1]).toContain("Decode failed");
});

test("a generator gives the same numbers from the same seed, also in a rule", () => {
  const found = lines(`!(import! &self random) !(bind! &g (new-random-generator 7))
    (= (roll) (random-int &g 0 1000000))
    !(set-random-seed &g 1) !(roll) !(roll) !(set-random-seed &g 1) !(roll) !(get-type &g)`);
  expect(found[6]).toBe(found[3]);
  expect(found[4]).not.toBe(found[3]);
  expect(found[7]).toBe("[RandomGenerator]");
});

test("an empty range is an error, and so is a generator that is none", () => {
  const found = lines("!(import! &self random) !(random-int &rng 5 0) !(random-int 1 0 5)");
  expect(found[1]).toMatch(/\(Error \(random-int .* 5 0\) RangeIsEmpty\)/);
  expect(found[2]).toContain("(BadArgType 1 RandomGenerator Number)");
});

/** The next descriptor that the process gives out: the lowest that is free. */
function nextDescriptor(): number {
  const descriptor = openSync(join(folder, "one.metta"), "r");
  closeSync(descriptor);
  return descriptor;
}

const FILES = '!(import! &self fileio) (= (one) (file-open! "@/deep/two.metta" "r"))';
const MANY = "(= (open $n) (if (== $n 0) () (let $file (one) (open (- $n 1)))))";

test("a program that opens files without end is told so, and they are closed", () => {
  const before = nextDescriptor();
  const found =
    lines(`${FILES} (= (all $n) (if (== $n 0) () (let $file (one) ($file (all (- $n 1))))))
    !(all 70) !(file-get-size! (one))`);
  expect(found[1]).toContain("64 are open");
  expect(found[2]).toMatch(/^\[\d+\]$/);
  expect(nextDescriptor()).toBe(before);
});

test("files are closed however their evaluation ends", () => {
  const before = nextDescriptor();
  const program = `${FILES} ${MANY} (= (loop) (loop)) !(let $x (open 5) (loop)) !(let $x (open 5) (/ 1 0)) !(open 5)`;
  run(program.replaceAll("@", folder), { maxSteps: 1000 }, { allowRead: [folder] });
  expect(nextDescriptor()).toBe(before);
});

test("a file that a word stands for stays open, until its place is needed", () => {
  const found = lines(`${FILES} ${MANY} !(bind! &file (one)) !(file-get-size! &file) !(open 63)
    !(file-get-size! &file) !(open 64) !(file-get-size! &file)`);
  expect(found[4]).toBe(found[2]);
  expect(found[6]).toContain("the file is closed");
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type {
  CodeAction,
  CodeLens,
  CompletionItem,
  Diagnostic,
  DocumentSymbol,
  Hover,
  Location,
  SemanticTokens,
  TextEdit,
  WorkspaceEdit,
} from "vscode-languageserver-protocol/node";
import { Client, positionOf } from "./client.js";

const RIVERS = `; what flows where
(@doc flows (@desc "Whether one river flows into another") (@params ((@param "The river"))) (@return "The other"))
(: flows (-> Symbol Symbol))
(= (flows $river)
  (match &self (into $river $other) $other))
(into Inn Danube)
(into Danube Sea)
`;
const PROGRAM = `!(import! &self rivers)
(: half (-> Number Number))
(= (half $x) (/ $x 2))
(= (twice $x $y) (let $z (half $x) (+ $z $y)))
!(flows Inn)
!(half (half 8))
`;

let client: Client;

beforeAll(async () => {
  client = await Client.start({ "rivers.metta": RIVERS, "main.metta": PROGRAM });
});

afterAll(async () => {
  expect(await client.end()).toBe(0);
  expect(client.log).toBe("");
});

/** Opens a file of its own and gives what is wrong with it. */
async function problemsOf(name: string, text: string, count: number): Promise<string[]> {
  await client.open(name, text);
  const found = await client.diagnostics(name, ({ length }) => length === count);
  return found.map(shown);
}

function shown({ range: { start }, message }: Diagnostic): string {
  if (typeof message !== "string") throw new Error("a message is plain text");
  return `${start.line}:${start.character} ${message}`;
}

function place({ uri, range: { start, end } }: Location): string {
  return `${uri.slice(uri.lastIndexOf("/") + 1)} ${start.line}:${start.character}-${end.character}`;
}

describe("diagnostics", () => {
  it("tell every syntax error of a file", async () => {
    const text = '(h 1))\n(= (f $x)\n  (g $x)\n(= (g $x) "\\q")\n';
    expect(await problemsOf("syntax.metta", text, 3)).toEqual([
      "0:5 expected an atom; this ')' has no matching '('",
      "1:0 expected ')' to close this '('",
      expect.stringContaining("3:10 unknown escape \\q"),
    ]);
  });

  it("suggest the name that was meant, and change to it", async () => {
    const text =
      "(= (half $x) (/ $x 2))\n!(haf 3)\n!(match &slf (a) 1)\n(= (g $x) (unheard-of $x))\n";
    expect(await problemsOf("names.metta", text, 2)).toEqual([
      "1:2 nothing is known of haf; did you mean half?",
      "2:8 nothing is bound to &slf; did you mean &self?",
    ]);
    const diagnostics = await client.diagnostics("names.metta", () => true);
    const { range } = diagnostics[0]!;
    const actions = await client.about<CodeAction[]>("textDocument/codeAction", "names.metta", {
      range,
      context: { diagnostics: [diagnostics[0]] },
    });
    expect(actions).toMatchObject([
      {
        title: "Change to half",
        edit: { changes: { [client.uri("names.metta")]: [{ newText: "half" }] } },
      },
    ]);
  });

  it("tell calls that no rule is made for", async () => {
    const text = "(= (half $x) (/ $x 2))\n!(half 3 4)\n(= (quarter $x) (half))\n";
    expect(await problemsOf("arity.metta", text, 2)).toEqual([
      "1:2 no rule of half takes 2 arguments; its rules take 1",
      "2:17 no rule of half takes 0 arguments; its rules take 1",
    ]);
  });

  it("tell type errors, at the argument that is wrong", async () => {
    const text =
      '(: half (-> Number Number))\n(= (half $x) (/ $x 2))\n(= (f $x) (+ (half "a") 1))\n!(if True (half True) 1)\n!(car-atom)\n!(half (half 2))\n';
    expect(await problemsOf("types.metta", text, 3)).toEqual([
      "2:19 argument 1 of half is a String, where a Number is expected",
      "3:16 argument 1 of half is a Bool, where a Number is expected",
      "4:2 car-atom does not take 0 arguments",
    ]);
  });

  it("follow what is typed", async () => {
    await client.open("typed.metta", "(= (half $x) (/ $x 2))\n!(half 3)\n");
    await client.diagnostics("typed.metta", ({ length }) => length === 0);
    const place = { line: 1, character: 6 };
    await client.change("typed.metta", "", { start: { line: 1, character: 5 }, end: place });
    await client.diagnostics("typed.metta", ({ length }) => length === 1);
    await client.change("typed.metta", "f", {
      start: { line: 1, character: 5 },
      end: { line: 1, character: 5 },
    });
    await client.diagnostics("typed.metta", ({ length }) => length === 0);
  });

  it("know the names of imported files, and of files that import", async () => {
    expect(await problemsOf("main.metta", PROGRAM, 0)).toEqual([]);
  });
});

describe("an editor", () => {
  beforeAll(async () => {
    await client.open("main.metta", PROGRAM);
    await client.open("rivers.metta", RIVERS);
  });

  const inMain = (part: string, within = 0) => positionOf(PROGRAM, part, within);

  it("shows types and documentation of a name", async () => {
    const hover = await client.ask<Hover>("textDocument/hover", "main.metta", inMain("flows"));
    const { value } = hover.contents as { value: string };
    expect(value).toContain("(: flows (-> Symbol Symbol))");
    expect(value).toContain("Whether one river flows into another");
    expect(value).toContain("1. The river");
    expect(value).toContain("Returns: The other");
    const own = await client.ask<Hover>("textDocument/hover", "main.metta", inMain("import!"));
    expect((own.contents as { value: string }).value).toContain("(: import! (->");
    expect(await client.ask("textDocument/hover", "main.metta", inMain("8"))).toBeNull();
  });

  it("completes names of the program, of imports and of the language, and variables", async () => {
    const at = async (part: string, within: number): Promise<string[]> => {
      const found = await client.ask<CompletionItem[]>(
        "textDocument/completion",
        "main.metta",
        inMain(part, within),
      );
      return found.map(({ label }) => label);
    };
    expect(await at("half $x)", 2)).toEqual(expect.arrayContaining(["half"]));
    expect(await at("flows", 2)).toEqual(expect.arrayContaining(["flows"]));
    expect(await at("let $z", 2)).toEqual(expect.arrayContaining(["let", "let*"]));
    expect(await at("$z $y", 1)).toEqual(["$x", "$y", "$z"]);
  });

  it("goes to definitions, across files", async () => {
    const at = async (part: string, within = 0): Promise<string[]> =>
      (
        await client.ask<Location[]>("textDocument/definition", "main.metta", inMain(part, within))
      ).map(place);
    expect(await at("half (half")).toEqual(["main.metta 1:3-7", "main.metta 2:4-8"]);
    expect(await at("flows")).toEqual(["rivers.metta 2:3-8", "rivers.metta 3:4-9"]);
    expect(await at("rivers")).toEqual(["rivers.metta 0:0-0"]);
    expect(await at("$z $y")).toEqual(["main.metta 3:22-24"]);
  });

  it("finds references, across files", async () => {
    const found = await client.ask<Location[]>(
      "textDocument/references",
      "rivers.metta",
      positionOf(RIVERS, "flows $river"),
      {
        context: { includeDeclaration: false },
      },
    );
    expect(found.map(place)).toEqual(["main.metta 4:2-7"]);
    const all = await client.ask<Location[]>(
      "textDocument/references",
      "rivers.metta",
      positionOf(RIVERS, "flows $river"),
      {
        context: { includeDeclaration: true },
      },
    );
    expect(all.map(place).toSorted()).toEqual([
      "main.metta 4:2-7",
      "rivers.metta 1:6-11",
      "rivers.metta 2:3-8",
      "rivers.metta 3:4-9",
    ]);
  });

  it("renames a name in all files, and a variable in its expression", async () => {
    const rename = async (part: string, newName: string): Promise<Record<string, TextEdit[]>> =>
      (
        await client.ask<WorkspaceEdit>("textDocument/rename", "main.metta", inMain(part), {
          newName,
        })
      ).changes!;
    const flows = await rename("flows", "runs-to");
    expect(Object.keys(flows).toSorted()).toEqual([
      client.uri("main.metta"),
      client.uri("rivers.metta"),
    ]);
    expect(flows[client.uri("rivers.metta")]).toHaveLength(3);
    const variable = await rename("$x $y", "$width");
    expect(variable[client.uri("main.metta")]).toHaveLength(2);
  });

  it.each([
    ["flows", "half", "already means something"],
    ["flows", "two words", "is not one word"],
    ["flows", "12", "is not one word"],
    ["flows", "let", "belongs to the language"],
    ["import!", "load!", "belongs to the language"],
    ["$x $y", "$z", "another variable"],
    ["$x $y", "x", "begin with $"],
  ])("refuses to rename %s to %s", async (part, newName, why) => {
    const asked = client.ask("textDocument/rename", "main.metta", inMain(part), { newName });
    await expect(asked).rejects.toThrow(why);
  });

  it("shows the outline of a file", async () => {
    const found = await client.about<DocumentSymbol[]>(
      "textDocument/documentSymbol",
      "rivers.metta",
    );
    expect(found.map(({ name }) => name)).toEqual(["flows", "flows", "into", "into"]);
  });

  it("formats a file, and changes nothing of one that is no program", async () => {
    await client.open("crooked.metta", "(f   1)\n(g\n1)");
    const format = (name: string): Promise<TextEdit[]> =>
      client.about("textDocument/formatting", name, {
        options: { tabSize: 2, insertSpaces: true },
      });
    expect((await format("crooked.metta"))[0]!.newText).toBe("(f 1)\n(g\n  1)\n");
    await client.change("crooked.metta", "(f   1");
    expect(await format("crooked.metta")).toEqual([]);
  });

  it("colours words by what they are", async () => {
    await client.open("colours.metta", '; c\n(= (f $x) "a\nb")\n!(f 1)');
    const { data } = await client.about<SemanticTokens>(
      "textDocument/semanticTokens/full",
      "colours.metta",
    );
    const types = Array.from({ length: data.length / 5 }, (_, index) => data[5 * index + 3]);
    // comment, keyword, function, variable, string of two lines, operator, function, number
    expect(types).toEqual([0, 5, 6, 3, 1, 1, 4, 6, 2]);
  });
});

describe("a lens", () => {
  const LENSES =
    '(= (f) 1)\n!(f)\n!(println! "{ not json")\n(= (loop $x) (loop (+ $x 1)))\n!(loop 0)\n!(g';
  const titles = async (): Promise<string[]> =>
    (await client.about<CodeLens[]>("textDocument/codeLens", "lens.metta")).map(
      ({ command }) => command!.title,
    );
  const run = async (index: number): Promise<string> => {
    const lenses = await client.about<CodeLens[]>("textDocument/codeLens", "lens.metta");
    const { command, arguments: args } = lenses[index]!.command!;
    return client.request("workspace/executeCommand", { command, arguments: args });
  };

  it("stands at each !, and shows what it gave until the program changes", async () => {
    await client.open("lens.metta", LENSES);
    expect(await titles()).toEqual(["▶ run", "▶ run", "▶ run", "▶ run"]);
    expect(await run(0)).toBe("[1]");
    expect(await run(1)).toBe("[()]");
    expect(await titles()).toEqual(["▶ [1]", "▶ [()]", "▶ run", "▶ run"]);
    await client.change("lens.metta", "2", {
      start: { line: 0, character: 7 },
      end: { line: 0, character: 8 },
    });
    expect((await titles())[0]).toBe("▶ run");
    expect(await run(0)).toBe("[2]");
  });

  it("says what is wrong with what cannot be run", async () => {
    expect(await run(3)).toContain("cannot parse standard input");
  });

  it("does not stop the server with a program that has no end", async () => {
    const endless = run(2);
    const first = await Promise.race([endless, titles()]);
    expect(Array.isArray(first)).toBe(true);
    expect(await endless).toContain("stopped: maxTimeMs");
  });
});

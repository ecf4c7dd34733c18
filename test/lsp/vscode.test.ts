import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import { describe, expect, it } from "vitest";
import { type TokenKind, tokensOf } from "../../src/syntax/lexer.js";

const FOLDER = new URL("../../editors/vscode/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, FOLDER), "utf8");
const manifest = JSON.parse(read("package.json"));

/** What the extension did to VS Code and to its client, which are not here. */
interface Host {
  readonly started: unknown[];
  readonly messages: string[];
  stopped: number;
}

interface Extension {
  activate(): Promise<void>;
  deactivate(): unknown;
}

function load(
  settings: Readonly<Record<string, unknown>>,
  start: () => Promise<void> = () => Promise.resolve(),
): { host: Host; extension: Extension } {
  const host: Host = { started: [], messages: [], stopped: 0 };
  const vscode = {
    window: { showErrorMessage: (text: string) => host.messages.push(text) },
    workspace: {
      getConfiguration: () => ({ get: (name: string) => settings[name] }),
      workspaceFolders: [{ uri: { fsPath: "/programs" } }],
      createFileSystemWatcher: (glob: string) => glob,
    },
  };
  class LanguageClient {
    readonly start = start;

    constructor(...parts: unknown[]) {
      host.started.push(parts);
    }

    stop(): void {
      host.stopped += 1;
    }
  }
  const modules: Record<string, unknown> = {
    vscode,
    "vscode-languageclient/node": { LanguageClient },
  };
  const exports = {};
  compileFunction(read("extension.cjs"), ["require", "exports"])(
    (name: string) => modules[name],
    exports,
  );
  return { host, extension: exports as Extension };
}

describe("the extension for VS Code", () => {
  it("has the files that its manifest names, beside what its build makes", () => {
    const [language] = manifest.contributes.languages;
    const [grammar] = manifest.contributes.grammars;
    for (const path of [language.configuration, grammar.path, "LICENSE", "README.md"]) {
      expect(existsSync(fileURLToPath(new URL(path, FOLDER)))).toBe(true);
    }
    expect(manifest.scripts.build).toContain(`--outfile=${manifest.main.replace("./", "")}`);
    expect(read("LICENSE")).toBe(read("../../LICENSE"));
  });

  it("starts the server as it is told to, and stops it", async () => {
    const { host, extension } = load({ command: ["oxbow", "lsp", "--stdio"], maxTime: "1s" });
    await extension.activate();
    expect(host.started).toMatchObject([
      [
        "oxbow",
        manifest.displayName,
        { command: "oxbow", args: ["lsp", "--stdio"], options: { cwd: "/programs" } },
        { documentSelector: [{ language: "metta" }], initializationOptions: { maxTime: "1s" } },
      ],
    ]);
    expect(host.messages).toEqual([]);
    extension.deactivate();
    expect(host.stopped).toBe(1);
  });

  it("says so where the server cannot be started", async () => {
    const refused = (): Promise<void> => Promise.reject(new Error("no such file"));
    const { host, extension } = load({ command: ["nowhere"], maxTime: "1s" }, refused);
    await extension.activate();
    expect(host.messages).toEqual([expect.stringContaining("cannot start nowhere: no such file")]);
  });
});

interface Rule {
  readonly name: string;
  readonly match?: string;
  readonly begin?: string;
}

const SCOPES: Partial<Record<TokenKind, string>> = {
  comment: "comment.line.semicolon.metta",
  string: "string.quoted.double.metta",
  variable: "variable.parameter.metta",
  number: "constant.numeric.metta",
  mark: "keyword.operator.evaluate.metta",
};

describe("the grammar for VS Code", () => {
  const rules: readonly Rule[] = JSON.parse(read("syntaxes/metta.tmLanguage.json")).repository.all
    .patterns;

  /** The rule that begins at an offset of a line: of those that match there, the first. */
  function scopeAt(line: string, offset: number): string | undefined {
    const found = rules.find(({ match, begin }) => {
      const pattern = new RegExp(match ?? begin ?? "", "g");
      pattern.lastIndex = offset;
      return pattern.exec(line)?.index === offset;
    });
    return found?.name;
  }

  it("colours tokens as the lexer reads them, and words that are no numbers otherwise", () => {
    const line = '!(f $x-1 1 -2.5 1e3 "a \\" b" 1a +x True & &kb !g let*) ; 1 "$x"';
    for (const { kind, start } of tokensOf(line)) {
      const scope = SCOPES[kind];
      if (scope !== undefined) expect([start, scopeAt(line, start)]).toEqual([start, scope]);
      else expect(Object.values(SCOPES)).not.toContain(scopeAt(line, start));
    }
  });

  it("colours keywords at the head of an expression, and what a rule defines", () => {
    expect(scopeAt("(= (half $x) (let $y 1 $y))", 1)).toBe("keyword.control.metta");
    expect(scopeAt("(= (half $x) (let $y 1 $y))", 4)).toBe("entity.name.function.metta");
    expect(scopeAt("(= (half $x) (let $y 1 $y))", 14)).toBe("keyword.control.metta");
    expect(scopeAt("(letter $x)", 1)).toBeUndefined();
  });
});

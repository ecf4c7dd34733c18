import { PassThrough } from "node:stream";
import picocolors from "picocolors";
import { describe, expect, it } from "vitest";
import { type EditorOptions, INTERRUPTED, LineEditor } from "../../../src/cli/repl/editor.js";

/** A terminal made of pipes: what is typed goes in, what is shown comes out. */
function startEditor(options: Partial<EditorOptions> = {}) {
  const input = new PassThrough();
  const raw = Object.assign(new PassThrough(), { columns: 80, rows: 24, isTTY: true });
  let shown = "";
  raw.on("data", (chunk: Buffer) => {
    shown += chunk.toString();
  });
  const editor = new LineEditor({
    input,
    output: {
      raw,
      isTerminal: true,
      colors: picocolors.createColors(true),
      write: (text) => void raw.write(text),
    },
    interactive: true,
    history: [],
    complete: () => [[], ""],
    highlight: (line) => line,
    onInterrupt: () => undefined,
    ...options,
  });
  return { editor, type: (text: string) => void input.write(text), input, shown: () => shown };
}

/** Until the keys at hand have been dealt with. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("LineEditor", () => {
  it("gives the lines that are typed, in order, also those typed ahead", async () => {
    const { editor, type } = startEditor();
    type("one\rtwo\r");
    expect(await editor.read("> ")).toBe("one");
    expect(await editor.read("> ")).toBe("two");
    editor.close();
    expect(await editor.read("> ")).toBeNull();
  });

  it("gives null at Ctrl-D", async () => {
    const { editor, type } = startEditor();
    const read = editor.read("> ");
    type("\x04");
    expect(await read).toBeNull();
  });

  it("recalls the history, newest first, entries of several lines as one", async () => {
    const { editor, type } = startEditor({ history: ["(a)", "(b\n   c)"] });
    const read = editor.read("> ");
    type("\x1b[A\r");
    expect(await read).toBe("(b c)");
    const older = editor.read("> ");
    type("\x1b[A\x1b[A\r");
    expect(await older).toBe("(a)");
    editor.close();
  });

  it("remembers an input of several lines as one entry", async () => {
    const { editor, type } = startEditor();
    type("(b\rc)\r");
    const lines = [await editor.read("> "), await editor.read("> ")];
    editor.remember(lines.join("\n"), 2);
    const recalled = editor.read("> ");
    type("\x1b[A\r");
    expect(await recalled).toBe("(b c)");
    editor.close();
  });

  it("breaks a read off at Ctrl-C and drops what was typed", async () => {
    const { editor, type } = startEditor();
    const read = editor.read("> ");
    type("abc\x03");
    expect(await read).toBe(INTERRUPTED);
    const next = editor.read("> ");
    type("def\r");
    expect(await next).toBe("def");
    editor.close();
  });

  it("reports Ctrl-C while nobody reads, and goes on", async () => {
    let interrupts = 0;
    const { editor, type } = startEditor({ onInterrupt: () => (interrupts += 1) });
    const first = editor.read("> ");
    type("a\r");
    await first;
    type("\x03");
    await settled();
    expect(interrupts).toBe(1);
    const next = editor.read("> ");
    type("b\r");
    expect(await next).toBe("b");
    editor.close();
  });

  it("completes the word before the cursor", async () => {
    const { editor, type } = startEditor({ complete: () => [["add-atom"], "add"] });
    const read = editor.read("> ");
    type("(add\t");
    await settled();
    type("\r");
    expect(await read).toBe("(add-atom");
    editor.close();
  });

  it("paints the line in colours and restores the cursor", async () => {
    const { editor, type, shown } = startEditor({ highlight: (line) => `<${line}>` });
    const read = editor.read("> ");
    type("(a)");
    await settled();
    expect(shown()).toContain("\x1b7\r\x1b[2C<(a)>\x1b8");
    type("\r");
    await read;
    editor.close();
  });
});

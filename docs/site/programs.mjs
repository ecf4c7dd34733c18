// Programs of the language in pages: each can be run where it stands, in a frame of the playground.
import { tsImport } from "tsx/esm/api";

const { linkOf } = await tsImport("../../examples/playground/src/link.ts", import.meta.url);

/** What opens a program in the page. */
export async function liveProgram(text) {
  return `<LiveProgram link="${await linkOf({ files: { "main.metta": text }, threads: 1 })}" />`;
}

/** A page with something to run behind each program in it. */
export async function withPrograms(page) {
  const parts = page.split(/^(```metta\n[\s\S]*?^```$)/m);
  const live = parts.map(async (part, index) => {
    const text = index % 2 === 1 ? /^```metta\n([\s\S]*)^```$/m.exec(part)[1] : undefined;
    return text === undefined ? part : `${part}\n\n${await liveProgram(text)}\n`;
  });
  return (await Promise.all(live)).join("");
}

/**
 * Links that hold a program: everything is behind the `#`, which browsers send to nobody.
 *
 *     #v1.q1ZKy8xJLVayUs9PzMtWqAUA…
 *       ┬─ ┬──────────────────────
 *       │  └ `{ "files": { "main.metta": "…" }, "threads": 2 }`, deflated, in the letters of base64url
 *       └ the version of this format
 */
import { asProgram, type Program } from "./program.js";

const START = "#v1.";
/** Of a program in a link: a few bytes could unfold to gigabytes. */
const MOST_BYTES = 2_000_000;

/** What a link has behind its address. Node.js and browsers make the same. */
export async function linkOf({ files, threads }: Program): Promise<string> {
  const text = JSON.stringify(threads === 1 ? { files } : { files, threads });
  const deflated = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(deflated).arrayBuffer());
  const letters = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return START + letters.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Whether an address's part behind the `#` is meant to hold a program. */
export function isLink(hash: string): boolean {
  return hash.length > 1;
}

/** The program of a link. Throws an Error whose message says what is wrong with it. */
export async function readLink(hash: string): Promise<Program> {
  if (!/^#v\d+\./.test(hash)) throw new Error("it does not begin as such links do");
  if (!hash.startsWith(START)) throw new Error("it was made by a newer playground");
  const program = asProgram(parse(await inflate(bytesOf(hash.slice(START.length)))));
  if (program === undefined) throw new Error("what it holds is no program");
  return program;
}

function bytesOf(letters: string): Uint8Array<ArrayBuffer> {
  try {
    const text = atob(letters.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  } catch {
    throw new Error("it has letters that do not belong there");
  }
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = inflated.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let count = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      count += part.value.length;
      if (count > MOST_BYTES) break;
      text += decoder.decode(part.value, { stream: true });
    }
    text += decoder.decode();
  } catch {
    throw new Error("a part of it is missing or was changed");
  }
  if (count <= MOST_BYTES) return text;
  await reader.cancel();
  throw new Error("what it holds is too large");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("a part of it is missing or was changed");
  }
}

/** Strings as a program writes them. */
import { countWork } from "../base/work.js";

/** A string as it is written in a program, quotes included; `unescapeString` reads it back. */
export function quote(text: string): string {
  if (text.length <= PORTION) return `"${escapePart(text)}"`;
  const parts: string[] = [];
  for (let start = 0; start < text.length; ) {
    let end = start + PORTION;
    // The two halves of a character stay together.
    if (/[\ud800-\udbff]/.test(text.charAt(end - 1))) end++;
    const escaped = escapePart(text.slice(start, end));
    countWork(escaped.length / 8);
    parts.push(escaped);
    start = end;
  }
  return `"${parts.join("")}"`;
}

function escapePart(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return text;
  // What is nearly all of what is escaped, without a call for each.
  const quoted = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return quoted.replace(ESCAPED_GLOBALLY, escapeOne);
}

/** Characters that are escaped at once. */
const PORTION = 2 ** 15;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped.
const NEEDS_ESCAPE = /["\\\u0000-\u001f\u007f\ud800-\udfff]/;
const ESCAPED_GLOBALLY =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped.
  /[\u0000-\u001f\u007f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function escapeOne(character: string): string {
  switch (character) {
    case "\n":
      return "\\n";
    case "\t":
      return "\\t";
    case "\r":
      return "\\r";
    case "\0":
      return "\\0";
    default:
      return `\\u{${character.charCodeAt(0).toString(16)}}`;
  }
}

/** Strings as a program writes them. */

/** A string as it is written in a program, quotes included; `unescapeString` reads it back. */
export function quote(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  return `"${text.replace(ESCAPED_GLOBALLY, escapeOne)}"`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped.
const NEEDS_ESCAPE = /["\\\u0000-\u001f\u007f\ud800-\udfff]/;
const ESCAPED_GLOBALLY =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped.
  /["\\\u0000-\u001f\u007f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function escapeOne(character: string): string {
  switch (character) {
    case '"':
      return '\\"';
    case "\\":
      return "\\\\";
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

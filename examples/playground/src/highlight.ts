/** Colours of a program while it is typed: a small grammar for the editor, by words alone. */
import {
  HighlightStyle,
  indentService,
  LanguageSupport,
  StreamLanguage,
  syntaxHighlighting,
} from "@codemirror/language";
import { tags } from "@lezer/highlight";

/** What begins a word where the parser ends one. */
const WORD = /^[^\s()";]+/u;
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const KEYWORDS: ReadonlySet<string> = new Set(
  "= : :< -> if let let* case switch match unify chain superpose collapse hyperpose par function return quote import! include bind! pragma! add-atom remove-atom @doc @desc @params @param @return".split(
    " ",
  ),
);
const ATOMS: ReadonlySet<string> = new Set(["True", "False", "Empty", "Error", "NotReducible"]);

function styleOf(word: string, isHead: boolean): string | null {
  if (word.startsWith("$")) return "variableName";
  if (word.startsWith("&")) return "macroName";
  if (NUMBER.test(word)) return "number";
  if (KEYWORDS.has(word)) return "keyword";
  if (ATOMS.has(word)) return "atom";
  return isHead ? "labelName" : null;
}

interface State {
  inString: boolean;
  /** Whether the last thing was an opening parenthesis. */
  isHead: boolean;
}

const metta = StreamLanguage.define<State>({
  name: "metta",
  startState: () => ({ inString: false, isHead: false }),
  token(stream, state) {
    if (state.inString) {
      while (!stream.eol()) {
        const letter = stream.next();
        if (letter === "\\") stream.next();
        else if (letter === '"') {
          state.inString = false;
          break;
        }
      }
      return "string";
    }
    if (stream.eatSpace()) return null;
    const isHead = state.isHead;
    state.isHead = false;
    if (stream.peek() === ";") {
      stream.skipToEnd();
      return "comment";
    }
    if (stream.eat('"')) {
      state.inString = true;
      return "string";
    }
    if (stream.eat("(")) {
      state.isHead = true;
      return "paren";
    }
    if (stream.eat(")")) return "paren";
    if (stream.match(/^!(?=[(\s])/)) return "operator";
    const word = stream.match(WORD) as RegExpMatchArray;
    return styleOf(word[0], isHead);
  },
  tokenTable: { paren: tags.paren },
  languageData: { commentTokens: { line: ";" }, closeBrackets: { brackets: ["(", '"'] } },
});

/** Two columns for each parenthesis that is open. */
const indentation = indentService.of(({ state }, pos) => {
  const text = state.doc.sliceString(0, pos);
  return 2 * openCount(text.slice(startOfItem(text)));
});

/** Where the item begins that the end of a text is in: the last line that begins with a parenthesis or a `!`. */
function startOfItem(text: string): number {
  for (let end = text.length; end > 0; ) {
    const start = text.lastIndexOf("\n", end - 1) + 1;
    if (/^!?\(/.test(text.slice(start, start + 2))) return start;
    end = start - 1;
  }
  return 0;
}

function openCount(text: string): number {
  let count = 0;
  for (const [part] of text.matchAll(/"(?:\\.|[^"\\])*"?|;[^\n]*|[()]/g)) {
    if (part === "(") count++;
    if (part === ")") count = Math.max(0, count - 1);
  }
  return count;
}

const style = HighlightStyle.define([
  { tag: tags.comment, class: "tok-comment" },
  { tag: tags.string, class: "tok-string" },
  { tag: tags.number, class: "tok-number" },
  { tag: tags.keyword, class: "tok-keyword" },
  { tag: tags.operator, class: "tok-mark" },
  { tag: tags.atom, class: "tok-number" },
  { tag: tags.variableName, class: "tok-variable" },
  { tag: tags.macroName, class: "tok-space" },
  { tag: tags.labelName, class: "tok-head" },
  { tag: tags.paren, class: "tok-paren" },
]);

export function mettaLanguage(): LanguageSupport {
  return new LanguageSupport(metta, [syntaxHighlighting(style), indentation]);
}

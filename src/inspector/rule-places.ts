/** Where the rules and the questions of programs stand. */
import { ruleKey } from "../eval/rules/rule-profile.js";
import { type Atom, EXPRESSION, SYMBOL } from "../term/atom.js";
import { parse } from "../term/parser.js";
import { positionAt } from "../term/position.js";
import { print } from "../term/printer.js";
import { renameFresh } from "../term/resolve.js";
import { Trail } from "../term/trail.js";
import { unify } from "../term/unify.js";

interface Rule {
  readonly left: Atom;
  readonly place: string;
}

/** More rules of one head that may have reduced a call are not named. */
const MOST_PLACES = 4;

export class RulePlaces {
  readonly #byHead = new Map<string, Rule[]>();
  readonly #byKey = new Map<string, string>();
  readonly #questions = new Map<string, string>();
  /** Texts that nobody has asked about yet: they are read when somebody looks. */
  #unread: { readonly text: string; readonly file: string }[] = [];

  /** Adds the rules and questions of a text; of one that does not parse, none. */
  addText(text: string, file: string): void {
    this.#unread.push({ text, file });
  }

  #readAll(): void {
    for (const { text, file } of this.#unread.splice(0)) this.#read(text, file);
  }

  #read(text: string, file: string): void {
    for (const { atom, evaluate, offset } of itemsOf(text)) {
      const { line, column } = positionAt(text, offset);
      const place = `${file}:${line}:${column}`;
      if (evaluate) {
        const asked = print(atom);
        if (!this.#questions.has(asked)) this.#questions.set(asked, place);
        continue;
      }
      if (atom.tag !== EXPRESSION || atom.children.length !== 3) continue;
      const [head, left, body] = atom.children as [Atom, Atom, Atom];
      if (head.tag !== SYMBOL || head.name !== "=") continue;
      this.#byKey.set(ruleKey(left, body), place);
      const name = headOf(left);
      if (name === undefined) continue;
      const known = this.#byHead.get(name) ?? [];
      known.push({ left, place });
      this.#byHead.set(name, known);
    }
  }

  /** Of a rule, by its key. */
  ofRule(key: string): string | null {
    this.#readAll();
    return this.#byKey.get(key) ?? null;
  }

  /** Of a `!`, by its text. */
  ofQuestion(text: string): string | undefined {
    this.#readAll();
    return this.#questions.get(text);
  }

  /** Of the rules that may reduce a call. */
  ofCall(call: Atom): string[] {
    this.#readAll();
    const rules = this.#byHead.get(headOf(call) ?? "") ?? [];
    const fitting = rules.filter(({ left }) =>
      unify(renameFresh(left), renameFresh(call), new Trail()),
    );
    return fitting.slice(0, MOST_PLACES).map(({ place }) => place);
  }
}

function itemsOf(text: string): ReturnType<typeof parse> {
  try {
    return parse(text);
  } catch {
    return [];
  }
}

function headOf(atom: Atom): string | undefined {
  if (atom.tag === SYMBOL) return atom.name;
  const head = atom.tag === EXPRESSION ? atom.children[0] : undefined;
  return head?.tag === SYMBOL ? head.name : undefined;
}

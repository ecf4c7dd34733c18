/** The editor: CodeMirror with the language of this page, and what the engine tells of the program. */
import {
  acceptCompletion,
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import {
  type Diagnostic,
  forEachDiagnostic,
  lintKeymap,
  nextDiagnostic,
  setDiagnostics,
} from "@codemirror/lint";
import { EditorState, type Extension, Prec, RangeSetBuilder } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  hoverTooltip,
  keymap,
  lineNumbers,
  ViewPlugin,
  type ViewUpdate,
  WidgetType,
} from "@codemirror/view";
import { describe } from "./description.js";
import { mettaLanguage } from "./highlight.js";
import type { Description, Offer, Problem } from "./language.js";

/** Who is asked, and told. */
export interface EditorHost {
  complete(offset: number): Promise<readonly Offer[]>;
  describe(offset: number): Promise<Description | null>;
  /** The text was changed by whoever types, or by the page. */
  changed(update: ViewUpdate): void;
  /** Something moved: the selection, or where lines are. */
  moved(update: ViewUpdate): void;
  run(): void;
  format(): void;
}

export function createEditor(parent: HTMLElement, host: EditorHost): EditorView {
  return new EditorView({ parent, state: stateOf("", "", host) });
}

/** A file as the editor shows it, with a history of its own. */
export function stateOf(name: string, text: string, host: EditorHost): EditorState {
  return EditorState.create({ doc: text, extensions: extensionsOf(name, host) });
}

/** Shows problems of the text that is there. */
export function showProblems(view: EditorView, problems: readonly Problem[]): void {
  const { length } = view.state.doc;
  const diagnostics = problems
    .filter(({ to }) => to <= length)
    .map(
      ({ from, to, isError, message }): Diagnostic => ({
        from,
        to,
        severity: isError ? "error" : "warning",
        message,
      }),
    );
  view.dispatch(setDiagnostics(view.state, diagnostics));
}

/** The problems that are shown, in the order of the text. */
export function problemsIn(state: EditorState): Diagnostic[] {
  const found: Diagnostic[] = [];
  forEachDiagnostic(state, (diagnostic, from, to) => found.push({ ...diagnostic, from, to }));
  return found.toSorted((one, other) => one.from - other.from);
}

export function goToNextProblem(view: EditorView): void {
  nextDiagnostic(view);
  view.focus();
}

/** Puts the cursor there, and shows it. */
export function goTo(view: EditorView, offset: number): void {
  const anchor = Math.min(offset, view.state.doc.length);
  view.dispatch({
    selection: { anchor },
    effects: EditorView.scrollIntoView(anchor, { y: "center" }),
  });
  view.focus();
}

/** The offset of a line and column that count from 1. */
export function offsetAt(state: EditorState, line: number, column: number): number {
  if (line > state.doc.lines) return state.doc.length;
  const { from, to } = state.doc.line(line);
  return Math.min(from + column - 1, to);
}

function extensionsOf(name: string, host: EditorHost): Extension {
  return [
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    drawSelection(),
    history(),
    indentUnit.of("  "),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    EditorView.lineWrapping,
    mettaLanguage(),
    messages,
    autocompletion({ override: [completionsOf(host)], icons: false }),
    hoverTooltip(async (_view, offset) => await tooltipAt(host, offset), { hideOnChange: true }),
    EditorView.contentAttributes.of({
      "aria-label": `Program ${name}`,
      autocapitalize: "off",
      autocorrect: "off",
      spellcheck: "false",
    }),
    EditorView.domEventObservers({
      // Also where Escape closes something, so that it need not be pressed again.
      keydown: ({ key }, view) => {
        if (key === "Escape") view.setTabFocusMode(TAB_LEAVES_MS);
      },
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) host.changed(update);
      if (update.docChanged || update.selectionSet || update.geometryChanged) host.moved(update);
    }),
    Prec.highest(keymap.of(keysOf(host))),
    keymap.of([
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...lintKeymap,
      ...historyKeymap,
      ...defaultKeymap,
      { key: "Tab", run: acceptCompletion },
      indentWithTab,
    ]),
  ];
}

/** How long Tab leaves the editor, after Escape. */
const TAB_LEAVES_MS = 5_000;

function keysOf(host: EditorHost): Parameters<typeof keymap.of>[0] {
  const run = (): boolean => {
    host.run();
    return true;
  };
  const format = (): boolean => {
    host.format();
    return true;
  };
  return [
    { key: "Mod-Enter", run, preventDefault: true },
    { key: "Shift-Alt-f", run: format, preventDefault: true },
  ];
}

const WORD = /[^\s()";]*$/u;

function completionsOf(host: EditorHost) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const word = context.matchBefore(WORD);
    if (word === null || (word.from === word.to && !context.explicit)) return null;
    const offers = await host.complete(context.pos);
    const options = offers.map(({ label, detail, info, kind }) => ({
      label,
      detail,
      type: kind,
      ...(info === "" ? {} : { info }),
    }));
    return { from: word.from, options, validFor: /^[^\s()";]*$/u };
  };
}

async function tooltipAt(host: EditorHost, offset: number) {
  const found = await host.describe(offset);
  if (found === null) return null;
  const { from, to, text } = found;
  return { pos: from, end: to, above: true, create: () => ({ dom: describe(text) }) };
}

/** A message behind the line that it is about: it takes no room, so nothing moves when it comes. */
class Message extends WidgetType {
  readonly #text: string;
  readonly #isError: boolean;

  constructor(text: string, isError: boolean) {
    super();
    this.#text = text;
    this.#isError = isError;
  }

  override eq(other: Message): boolean {
    return other.#text === this.#text && other.#isError === this.#isError;
  }

  override toDOM(): HTMLElement {
    const whole = document.createElement("span");
    whole.className = this.#isError ? "message error" : "message warning";
    const text = document.createElement("span");
    text.textContent = this.#text;
    whole.append(text);
    return whole;
  }
}

const messages = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = messagesOf(view.state);
    }

    update({ state, transactions }: ViewUpdate): void {
      if (transactions.length > 0) this.decorations = messagesOf(state);
    }
  },
  { decorations: ({ decorations }) => decorations },
);

/** Characters of a line behind which there is room for a message. */
const MOST_LETTERS = 60;

/** The first message of each line that is not long. */
function messagesOf(state: EditorState): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  let last = -1;
  for (const { from, message, severity } of problemsIn(state)) {
    const { to, length } = state.doc.lineAt(from);
    if (to === last || length > MOST_LETTERS) continue;
    last = to;
    const widget = new Message(message, severity === "error");
    builder.add(to, to, Decoration.widget({ widget, side: 1 }));
  }
  return builder.finish();
}

import { expect, test } from "vitest";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import { smallPrograms, type WholeProgram } from "../whole-programs.js";
import { run } from "./run.js";

/** Programs whose results are not the same twice, or that say in their text what names are. */
const EXCLUDED: readonly string[] = [
  "random",
  "flip",
  "file-",
  "import!",
  "include",
  "json",
  "catalog",
  "help",
];
/** Programs that look at everything in a space. */
const LOOKS_AT_ALL: readonly string[] = ["get-atoms", "match &self $"];

const own = (program: WholeProgram): boolean =>
  !EXCLUDED.some((word) => program.text.includes(word));
const programs = smallPrograms().filter(own);

/** What the language itself calls something. */
const library = standardLibrary();
const KEPT: ReadonlySet<string> = new Set([
  ...library.names(),
  ...library.registry.words(),
  ...library
    .entries()
    .flatMap(({ type }) => words(JSON.stringify(type)).filter((each) => each !== "")),
  ..."= : :< -> , True False Empty NotReducible return Error Bindings State Type".split(" "),
  ..."Atom Symbol Variable Expression Grounded Number Bool String ErrorType".split(" "),
  ..."SpaceType StateMonad interpreter enable type-check auto max-stack-depth none".split(" "),
  ..."BadType BadArgType IncorrectNumberOfArguments DivisionByZero StackOverflow UnsignedIntegerIsExpected bare-minimal".split(
    " ",
  ),
  ..."@doc @desc @params @param @return @item @type @kind @doc-formal function atom".split(" "),
]);

function words(text: string): string[] {
  return text.split(/[^A-Za-z0-9%@!?*_:.-]+/);
}

const PREFIX = "zq-";

/** The program with every name of its own given a prefix. */
function renamed(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|;[^\n]*|[^\s()";]+/g, (token) => {
    const isName = /^[A-Za-z][\w!?*<>=+/-]*$/.test(token) && !KEPT.has(token);
    return isName ? PREFIX + token : token;
  });
}

/** Ends what takes long; it ends at the same place in every variant. */
const limits = { maxSteps: 20_000 };

interface Seen {
  readonly lines: string[];
  readonly output: string;
  readonly stopped: string[];
  readonly steps: number[];
}

function seen(text: string): Seen {
  const { lines, output, evaluations } = run(text, limits);
  const plain = (line: string): string =>
    line.replaceAll(PREFIX, "").replaceAll(/GroundingSpace-[\w.]+/g, "space");
  return {
    lines: lines.map(plain),
    output: plain(output.replaceAll(/#\d+/g, "")),
    stopped: evaluations.map(({ stopped }) => stopped),
    steps: evaluations.map(({ steps }) => steps),
  };
}

test("there are programs to vary", () => {
  expect(programs.length).toBeGreaterThan(150);
  expect(renamed('(= (f $x) (+ "f" x)) ; f')).toBe('(= (zq-f $x) (+ "f" zq-x)) ; f');
});

test.each(programs.map(({ name, text }) => [name, text] as const))(
  "other names change neither results nor work: %s",
  (_name, text) => {
    expect(seen(renamed(text))).toEqual(seen(text));
  },
);

const UNRELATED = `
  (= (unrelated-rule $a $b) (pair $b $a))
  (= (unrelated-rule $a) (if $a 1 2))
  (: unrelated-type Type)
  (unrelated-fact 1 2 3)
`;

test.each(
  programs
    .filter(({ text }) => !LOOKS_AT_ALL.some((word) => text.includes(word)))
    .map(({ name, text }) => [name, text] as const),
)("an unrelated rule changes neither results nor work: %s", (_name, text) => {
  expect(seen(UNRELATED + text)).toEqual(seen(text));
});

import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { Evaluator } from "../../src/eval/evaluator/evaluator.js";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import {
  type Answer,
  impureOperation,
  NOT_REDUCIBLE,
  type Operation,
  OperationError,
} from "../../src/eval/host/operation.js";
import { Heap } from "../../src/memory/heap.js";
import { type Atom, integer, symbol } from "../../src/term/atom.js";
import { parse, parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

const heap = Heap.create({ maxBytes: 2 ** 26 });
let environment: Environment;
/** What operations of the tests note, in the order in which it happens. */
let notes: string[];
/** Promises that tests settle by hand. */
let gates: Map<string, { open(atom: Atom): void; fail(error: Error): void }>;

beforeEach(() => {
  environment = Environment.create(heap);
  notes = [];
  gates = new Map();
});
afterEach(() => environment.dispose());

const number = (atom: Atom | undefined): number => (atom as { value: number }).value;
const text = (atom: Atom | undefined): string => print(atom!);

function operations(): Operation[] {
  return [
    impureOperation("double", "(-> Number Number)", "Twice.", ([n]) => integer(2 * number(n))),
    impureOperation("both", "(-> Number Number)", "Two.", ([n]) => [n!, integer(-number(n))]),
    impureOperation("nothing", "(-> Number Number)", "None.", () => []),
    impureOperation("only-one", "(-> Number Number)", "1 for 1.", ([n]) =>
      number(n) === 1 ? n! : NOT_REDUCIBLE,
    ),
    impureOperation("oops", "(-> Atom Atom)", "Throws.", () => {
      throw new TypeError("no such thing");
    }),
    impureOperation("reject", "(-> Atom Atom)", "Refuses.", () => {
      throw new OperationError("NotAllowed");
    }),
    impureOperation("count-to", "(-> Number Number)", "Counts.", function* ([n]) {
      try {
        for (let at = 1; at <= number(n); at++) {
          notes.push(`pull ${at}`);
          yield integer(at);
        }
      } finally {
        notes.push("end");
      }
    }),
    impureOperation("breaks", "(-> Number)", "Breaks.", function* () {
      yield integer(1);
      throw new Error("broken");
    }),
    impureOperation("gate", "(-> Atom Atom)", "Waits for the test.", ([name]) => {
      notes.push(`start ${text(name)}`);
      return new Promise<Atom>((resolve, reject) => {
        gates.set(text(name), { open: resolve, fail: reject });
      });
    }),
    impureOperation(
      "later",
      "(-> Number Atom Atom)",
      "After some ticks.",
      async ([ticks, value]) => {
        for (let tick = 0; tick < number(ticks); tick++) await Promise.resolve();
        return value!;
      },
    ),
    impureOperation("ticks", "(-> Number Number)", "Counts slowly.", async function* ([n]) {
      try {
        for (let at = 1; at <= number(n); at++) {
          await Promise.resolve();
          notes.push(`pull ${at}`);
          yield integer(at);
        }
      } finally {
        notes.push("end");
      }
    }),
    impureOperation("note", "(-> Atom Atom)", "Notes.", ([what]) => {
      notes.push(text(what));
      return what!;
    }),
    impureOperation("nonsense", "(-> Atom)", "Gives no atom.", () => undefined as never),
  ];
}

function evaluator(): Evaluator {
  const library = standardLibrary();
  for (const each of operations()) library.addOperation(each);
  return new Evaluator(library);
}

function load(program: string): void {
  for (const { atom } of parse(program)) environment.add(atom);
}

const shown = (atoms: readonly Atom[]): string[] => atoms.map((atom) => print(atom));

function sync(query: string): string[] {
  return shown(evaluator().evaluate(environment, parseAtom(query)).results);
}

async function later(query: string): Promise<string[]> {
  return shown((await evaluator().evaluateAsync(environment, parseAtom(query))).results);
}

/** Settles what waits at a gate once the evaluation has come there. */
async function settle(name: string, outcome: Atom | Error): Promise<void> {
  while (!gates.has(name)) await delay(0);
  const gate = gates.get(name)!;
  if (outcome instanceof Error) gate.fail(outcome);
  else gate.open(outcome);
  await delay(0);
}

describe("an operation of the host", () => {
  test.each([
    ["gives a value", "(double 4)", ["8"]],
    ["gives alternatives", "(both 4)", ["4", "-4"]],
    ["prunes its branch without one", "(superpose ((nothing 1) 2))", ["2"]],
    ["leaves the call as it is", "((only-one 1) (only-one 2))", ["(1 (only-one 2))"]],
    ["gets evaluated arguments", "(double (+ 1 2))", ["6"]],
    [
      "gets arguments of its declared type only",
      '(double "a")',
      ['(Error (double "a") (BadArgType 1 Number String))'],
    ],
    [
      "gets as many as declared",
      "(double 1 2)",
      ["(Error (double 1 2) IncorrectNumberOfArguments)"],
    ],
    ["refuses with a symbol", "(reject a)", ["(Error (reject a) NotAllowed)"]],
    ["fails with a message", "(oops (f $x))", ['(Error (oops (f $x)) "no such thing")']],
    [
      "must give atoms",
      "(nonsense)",
      ['(Error (nonsense) "an operation must return atoms, not undefined")'],
    ],
  ])("%s", async (_title, query, wanted) => {
    expect(sync(query)).toEqual(wanted);
    expect(await later(query)).toEqual(wanted);
  });

  test("what it throws is kept for the host beside the error that the program sees", () => {
    const query = parseAtom("(superpose ((oops (f $x)) 1))");
    const { results, failures } = evaluator().evaluate(environment, query);
    expect(shown(results)).toEqual(["1"]);
    expect(failures.map(({ atom }) => print(atom))).toEqual([
      '(Error (oops (f $x)) "no such thing")',
    ]);
    expect(failures[0]!.cause).toBeInstanceOf(TypeError);
  });

  test("of many failures the newest hundred are kept", () => {
    load(
      "(= (fail $n) (if (== $n 0) done (case (oops $n) (((Error $call $why) (fail (- $n 1))) ($_ no)))))",
    );
    const { results, failures } = evaluator().evaluate(environment, parseAtom("(fail 150)"));
    expect(shown(results)).toEqual(["done"]);
    expect(failures).toHaveLength(100);
    expect(print(failures.at(-1)!.atom)).toContain("(oops 1)");
  });
});

describe("a generator of the host", () => {
  test("gives one alternative for each value", () => {
    expect(sync("(* 10 (count-to 3))")).toEqual(["10", "20", "30"]);
  });

  test("is asked for no more values than are wanted, and told when it is given up", () => {
    expect(sync("(once (count-to 1000000))")).toEqual(["1"]);
    expect(notes).toEqual(["pull 1", "end"]);
  });

  test("is told when a limit ends the evaluation", () => {
    const { results, stopped } = evaluator().evaluate(
      environment,
      parseAtom("(count-to 1000000)"),
      { maxResults: 2 },
    );
    expect(shown(results)).toEqual(["1", "2"]);
    expect(stopped).toBe("maxResults");
    expect(notes).toEqual(["pull 1", "pull 2", "end"]);
  });

  test("keeps its values, and what it throws after them is told to the host", () => {
    const { results, failures } = evaluator().evaluate(environment, parseAtom("(breaks)"));
    expect(shown(results)).toEqual(["1"]);
    expect(failures.map(({ atom }) => print(atom))).toEqual(['(Error (breaks) "broken")']);
  });
});

describe("an asynchronous operation", () => {
  test("is refused by a synchronous evaluation, by name and with the way out", () => {
    expect(() => sync("(+ 1 (later 1 2))")).toThrow(
      expect.objectContaining({
        code: "ERR_ASYNCHRONOUS",
        message: expect.stringMatching(/^cannot wait for later: .* use evaluateAsync$/),
      }),
    );
    expect(() => sync("(ticks 3)")).toThrow(/cannot wait for ticks/);
    expect(notes).toEqual([]);
  });

  test("suspends its branch only", async () => {
    const results = later("(superpose ((got (gate a)) (note b) (got (gate c)) (note d)))");
    while (notes.length < 4) await delay(0);
    expect(notes).toEqual(["start a", "b", "start c", "d"]);
    await settle("c", symbol("C"));
    await settle("a", symbol("A"));
    expect(await results).toEqual(["(got A)", "b", "(got C)", "d"]);
  });

  test("keeps the bindings of its branch, whatever others bind meanwhile", async () => {
    load("(e 1) (e 2) (e 3)");
    const query = "(match &self (e $x) (let $y (later (- 4 $x) (* $x 10)) (pair $x $y $z)))";
    expect(await later(query)).toEqual(["(pair 1 10 $z)", "(pair 2 20 $z)", "(pair 3 30 $z)"]);
  });

  test("shares variables made before it with the other branches without mixing their values", async () => {
    load("(= (pick $v) (superpose ((later 3 (bind $v 1)) (bind $v 2) (later 1 (bind $v 3)))))");
    load("(= (bind $v $n) (let $v $n $v))");
    const query = "(let $r (pick $shared) (seen $shared $r))";
    expect(await later(query)).toEqual(["(seen 1 1)", "(seen 2 2)", "(seen 3 3)"]);
  });

  test("delays what collects its alternatives, and only that", async () => {
    const results = later(
      "(superpose ((collapse (superpose ((gate a) 2 (gate c)))) (note after)))",
    );
    while (!notes.includes("after")) await delay(0);
    await settle("c", integer(3));
    await settle("a", integer(1));
    expect(await results).toEqual(["(1 2 3)", "after"]);
  });

  test("delays nested collections from the inside out", async () => {
    const query =
      "(collapse (superpose ((collapse (superpose ((later 5 1) 2))) (later 2 3) (collapse (later 1 4)))))";
    expect(await later(query)).toEqual(["((1 2) 3 (4))"]);
  });

  test("is waited for by once before the next alternative", async () => {
    expect(await later("(once (superpose ((later 2 a) (note b))))")).toEqual(["a"]);
    expect(notes).toEqual([]);
    expect(await later("(once (superpose ((nothing (later 2 1)) (note b) (note c))))")).toEqual([
      "b",
    ]);
    expect(notes).toEqual(["b"]);
  });

  test("is waited for by once inside once, and the outer one cuts what is left of it", async () => {
    const query =
      "(once (superpose ((once (superpose ((nothing (later 2 1)) (later 1 2) (note c)))) (note d))))";
    expect(await later(query)).toEqual(["2"]);
    expect(notes).toEqual([]);
  });

  test("is waited for by case before it says that there is nothing", async () => {
    expect(await later("(case (later 2 x) ((x found) (Empty none)))")).toEqual(["found"]);
    expect(await later("(case (nothing (later 2 1)) ((x found) (Empty none)))")).toEqual(["none"]);
  });

  test("lets the branches of a case go on once it has a value", async () => {
    const results = later("(case (superpose (1 2)) (($x (gate $x))))");
    while (notes.length < 2) await delay(0);
    await settle("2", symbol("second"));
    await settle("1", symbol("first"));
    expect(await results).toEqual(["first", "second"]);
  });

  test("may wait several times, deep in a recursion", async () => {
    load("(= (sum $n) (if (== $n 0) 0 (+ (later 1 $n) (sum (- $n 1)))))");
    expect(await later("(sum 100)")).toEqual(["5050"]);
  });

  test("gives the error it rejects with, and the cause to the host", async () => {
    const cause = new Error("unreachable");
    const running = evaluator().evaluateAsync(
      environment,
      parseAtom("(collapse (superpose (1 (gate $x))))"),
    );
    await settle("$x", cause);
    const { results, failures } = await running;
    expect(shown(results)).toEqual(["(1)"]);
    expect(failures).toEqual([{ atom: parseAtom('(Error (gate $x) "unreachable")'), cause }]);
  });

  test("sees its alternatives and irreducible answers taken as those of any operation", async () => {
    const library = standardLibrary();
    library.addOperation(
      impureOperation("two", "(-> Atom)", "2", async () => [integer(1), integer(2)]),
    );
    library.addOperation(impureOperation("none", "(-> Atom)", "0", async () => []));
    library.addOperation(
      impureOperation("keep", "(-> Atom)", "=", async (): Promise<Answer> => NOT_REDUCIBLE),
    );
    const query = parseAtom("(superpose ((two) (none) (keep)))");
    const { results } = await new Evaluator(library).evaluateAsync(environment, query);
    expect(shown(results)).toEqual(["1", "2", "(keep)"]);
  });

  test("of ten thousand at once gives every result in its place", async () => {
    const numbers = Array.from({ length: 10_000 }, (_, index) => index);
    const query = `(let $x (superpose (${numbers.join(" ")})) (later (% $x 7) $x))`;
    expect(await later(query)).toEqual(numbers.map(String));
  });

  test("keeps the signal that it got until the evaluation ends", async () => {
    const signals: AbortSignal[] = [];
    const library = standardLibrary();
    library.addOperation(
      impureOperation("forever", "(-> Atom)", "Never.", (_args, context) => {
        signals.push(context.signal);
        return new Promise<never>(() => undefined);
      }),
    );
    const query = parseAtom("(superpose (1 (forever)))");
    const controller = new AbortController();
    const limits = { signal: controller.signal };
    const running = new Evaluator(library).evaluateAsync(environment, query, limits);
    while (signals.length === 0) await delay(0);
    expect(signals[0]!.aborted).toBe(false);
    controller.abort();
    const { results, stopped } = await running;
    expect(shown(results)).toEqual(["1"]);
    expect(stopped).toBe("aborted");
    expect(signals[0]!.aborted).toBe(true);
  });

  test("that never answers is given up when the time is over", async () => {
    const query = parseAtom("(gate never)");
    const { stopped } = await evaluator().evaluateAsync(environment, query, { maxTimeMs: 100 });
    expect(stopped).toBe("maxTimeMs");
  });
});

describe("an asynchronous generator", () => {
  test("gives its values in their place", async () => {
    expect(await later("(superpose ((ticks 3) x (ticks 2)))")).toEqual([
      "1",
      "2",
      "3",
      "x",
      "1",
      "2",
    ]);
  });

  test("is asked for one value by once, and told when it is given up", async () => {
    expect(await later("(once (ticks 1000000))")).toEqual(["1"]);
    expect(notes).toEqual(["pull 1", "end"]);
  });

  test("is told when the evaluation is stopped while it is asked", async () => {
    let ended = false;
    const library = standardLibrary();
    library.addOperation(
      impureOperation("stuck", "(-> Atom)", "Sticks.", () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<never>(() => undefined),
          return: async () => {
            ended = true;
            return { done: true as const, value: undefined };
          },
        }),
      })),
    );
    const controller = new AbortController();
    const running = new Evaluator(library).evaluateAsync(environment, parseAtom("(stuck)"), {
      signal: controller.signal,
    });
    await delay(0);
    controller.abort();
    expect((await running).stopped).toBe("aborted");
    expect(ended).toBe(true);
  });

  test("keeps its values, and what it throws after them is told to the host", async () => {
    const library = standardLibrary();
    library.addOperation(
      impureOperation("slips", "(-> Atom)", "Slips.", async function* () {
        yield integer(1);
        await Promise.resolve();
        throw new Error("slipped");
      }),
    );
    const query = parseAtom("(slips)");
    const { results, failures } = await new Evaluator(library).evaluateAsync(environment, query);
    expect(shown(results)).toEqual(["1"]);
    expect(failures.map(({ atom }) => print(atom))).toEqual(['(Error (slips) "slipped")']);
  });
});

describe("a stream of results", () => {
  test("gives results as they are found", async () => {
    const found: string[] = [];
    const query = parseAtom("(superpose ((gate slow) quick (gate slower)))");
    const stream = evaluator().stream(environment, query);
    found.push(print((await stream.next()).value as Atom));
    const second = stream.next();
    await settle("slower", symbol("B"));
    found.push(print((await second).value as Atom));
    await settle("slow", symbol("A"));
    for await (const result of stream) found.push(print(result));
    expect(found).toEqual(["quick", "B", "A"]);
  });

  test("pulls no more than is asked for, and ends with its reader", async () => {
    const stream = evaluator().stream(environment, parseAtom("(count-to 1000000)"));
    await stream.next();
    await stream.next();
    expect(notes).toEqual(["pull 1", "pull 2"]);
    await stream.return({ results: [], stopped: "aborted", steps: 0, failures: [] });
    expect(notes).toEqual(["pull 1", "pull 2", "end"]);
  });

  test("gives errors at the end and only if there is nothing else", async () => {
    const collected = async (query: string): Promise<string[]> => {
      const found: string[] = [];
      for await (const each of evaluator().stream(environment, parseAtom(query))) {
        found.push(print(each));
      }
      return found;
    };
    expect(await collected("(superpose ((reject a) (reject b)))")).toEqual([
      "(Error (reject a) NotAllowed)",
      "(Error (reject b) NotAllowed)",
    ]);
    expect(await collected("(superpose ((reject a) 1))")).toEqual(["1"]);
  });
});

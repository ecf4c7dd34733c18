import { expect, test } from "vitest";
import {
  atom,
  atoms,
  Environment,
  type Evaluation,
  Evaluator,
  evaluate,
  evaluateAsync,
  evaluateStream,
  Heap,
  operation,
  print,
  standardLibrary,
} from "../../src/index.js";

const heap = Heap.create({ maxBytes: 2 ** 24 });
const shown = ({ results }: Evaluation): string[] => results.map((each) => print(each));

test("programs know the forms that fork without a pool", async () => {
  using environment = Environment.create(heap);
  environment.addAll(atoms`(= (f 1) a) (= (f 2) b)`);
  const query = atom`(hyperpose ((f 1) (f 2)))`;
  expect(shown(evaluate(environment, query))).toEqual(["a", "b"]);
  expect(shown(new Evaluator().evaluate(environment, query))).toEqual(["a", "b"]);
  expect(shown(await evaluateAsync(environment, query))).toEqual(["a", "b"]);
  const found: string[] = [];
  for await (const each of evaluateStream(environment, query)) found.push(print(each));
  expect(found).toEqual(["a", "b"]);
});

test("a transaction of an embedding program is all or nothing", () => {
  using environment = Environment.create(heap);
  environment.addAll(atoms`(count 1)`);
  const replace = (count: number): string[] =>
    shown(
      evaluate(
        environment,
        atom`(transaction (let () (remove-atom &self (count 1))
               (let () (add-atom &self (count ${count})) (/ 6 (- ${count} 3)))))`,
      ),
    );
  expect(replace(3)[0]).toContain("DivisionByZero");
  expect([...environment.atoms()].map((each) => print(each))).toEqual(["(count 1)"]);
  expect(replace(5)).toEqual(["3"]);
  expect([...environment.atoms()].map((each) => print(each))).toEqual(["(count 5)"]);
});

test("a branch of a fork that calls what answers later is an Error that says so", async () => {
  using environment = Environment.create(heap);
  const library = standardLibrary();
  library.addOperation(
    operation({
      name: "later",
      type: "(-> Atom)",
      summary: "Later.",
      apply: async () => atom`done`,
    }),
  );
  const query = atom`(superpose ((later) (par (later) 1)))`;
  const [done, forked] = shown(await evaluateAsync(environment, query, { library }));
  expect(done).toBe("done");
  expect(forked).toMatch(/^\(\(Error \(later\) "cannot wait for later: .*evaluateAsync"\) 1\)$/);
});

/** What generated code makes of a primitive is what the primitive means. */
import { expect, test } from "vitest";
import { Environment, handleOf } from "../../src/environment/environment.js";
import { NOT_REDUCIBLE, type OperationContext } from "../../src/eval/host/operation.js";
import { PRIMITIVES, type Primitive } from "../../src/eval/primitives/primitives.js";
import { Heap } from "../../src/memory/heap.js";
import { type Atom, boolean, EXPRESSION } from "../../src/term/atom.js";
import { parse, parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

const VALUES: readonly Atom[] = parse(
  `0 1 -1 7 -3 2.5 0.0 -0.0 9007199254740991 -9007199254740991 99999999999999999999
   True False a () (a 1) (a 1.0) $x "s"`,
).map(({ atom }) => atom);

const environment = Environment.create(Heap.create());
const context = { environment } as OperationContext;

/** What the text of the code gives; null: left to the machine. */
function computed(primitive: Primitive, args: readonly Atom[]): Atom | null {
  const constants: unknown[] = [];
  const names = { constant: (value: unknown) => `c[${constants.push(value) - 1}]` };
  const [one, other] = ["a[0]", "a[1]"] as const;
  const texts = args.map((_, index) => `a[${index}]`);
  const text =
    primitive.kind === "logic"
      ? primitive.code(texts.map((each) => `${each}.value`))
      : primitive.code(one, other, names);
  const fits =
    primitive.kind === "logic" || primitive.kind === "comparison"
      ? texts.map((each) => primitive.fitsCode(each)).join(" && ")
      : "true";
  // oxlint-disable-next-line typescript/no-implied-eval
  const run = new Function("a", "c", "m", `return ${fits} ? (${text}) : null;`);
  const result = run(args, constants, { handle: handleOf(environment) }) as Atom | boolean | null;
  return typeof result === "boolean" ? boolean(result) : result;
}

test.each(PRIMITIVES.map((primitive) => [primitive.name, primitive] as const))(
  "the code of %s gives what the operation gives, or leaves it to the machine",
  (_name, primitive) => {
    let told = 0;
    const arity = primitive.type.tag === EXPRESSION ? primitive.type.children.length - 2 : 0;
    for (const one of VALUES) {
      for (const other of arity === 1 ? [VALUES[0]!] : VALUES) {
        const args = [one, other].slice(0, arity);
        const found = computed(primitive, args);
        if (found === null) continue;
        told++;
        const meant = primitive.apply(args, context);
        expect([args.map((each) => print(each)), print(found)]).toEqual([
          args.map((each) => print(each)),
          meant === NOT_REDUCIBLE ? "not reducible" : print(meant as Atom),
        ]);
        expect(found.tag).toBe((meant as Atom).tag);
      }
    }
    expect(told).toBeGreaterThan(primitive.kind === "logic" ? 1 : 10);
  },
);

test("primitives have the values that their types say", () => {
  const text = (name: string, ...args: string[]): string => {
    const primitive = PRIMITIVES.find((each) => each.name === name)!;
    const result = primitive.apply(
      args.map((each) => parseAtom(each)),
      context,
    );
    return result === NOT_REDUCIBLE ? "not reducible" : print(result as Atom);
  };
  expect(text("+", "9007199254740991", "2")).toBe("9007199254740993");
  expect(text("+", "99999999999999999999", "0.5")).toBe(text("+", "1e20", "0.5"));
  expect(text("/", "-7", "2")).toBe("-3");
  expect(text("%", "-7", "2")).toBe("-1");
  expect(text("%", "-4", "2")).toBe("0");
  expect(text("/", "99999999999999999999", "0")).toContain("DivisionByZero");
  expect(text("/", "1", "0.0")).toBe("inf");
  expect(text("<", "99999999999999999999", "1.5")).toBe("False");
  expect(text("and", "True")).toBe("not reducible");
  expect(text("+", "a", "1")).toBe("not reducible");
  expect(text("==", "1", "1.0")).toBe("True");
  expect(text("not", "False")).toBe("True");
});

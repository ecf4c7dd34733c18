// A matcher for vitest and jest (`expect.extend({ toBeAtom })`): equal up to renaming, and MeTTa in what it says.
import { type Atom, alphaEqual, atom, Environment, evaluate, Heap, print } from "oxbow";

function toBeAtom(received: Atom, expected: Atom): { pass: boolean; message: () => string } {
  const pass = alphaEqual(received, expected);
  const is = pass ? "not to be" : "to be";
  return { pass, message: () => `expected ${print(received)} ${is} ${print(expected)}` };
}

const world = Environment.create(Heap.create());
world.add(atom`(= (twice $x) (pair $x $x))`);
const [result] = evaluate(world, atom`(twice $any)`).results;

console.log(toBeAtom(result!, atom`(pair $x $x)`).pass);
console.log(toBeAtom(result!, atom`(pair $x $y)`).message());
// Prints:
// true
// expected (pair $any $any) to be (pair $x $y)

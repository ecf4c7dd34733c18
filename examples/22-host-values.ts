// Puts values of the host into atoms: with a type, a text, an equality, and a way to match of their own.
import {
  type Atom,
  atom,
  atoms,
  Environment,
  evaluate,
  expressionOf,
  Heap,
  hostAtom,
  isExpression,
  isInteger,
  print,
} from "oxbow";

using people = Environment.create(Heap.create());
people.addAll(atoms`(age Ann 17) (age Bob 18) (age Cid 80)`);

function show(query: Atom): void {
  console.log(
    evaluate(people, query)
      .results.map((result) => print(result))
      .join(" "),
  );
}

const adult = hostAtom(18, {
  type: "(Predicate Number)",
  print: (from) => `≥${from}`,
  *match(from, other) {
    if (isInteger(other) && other.value >= from) yield []; // matches, and binds nothing
  },
});
show(atom`(match &self (age $who ${adult}) $who)`);
show(atom`(case 12 ((${adult} adult) ($n (child $n))))`);
show(atom`(get-type ${adult})`);

const stock = hostAtom(
  new Map([
    ["tea", 3],
    ["cake", 5],
  ]),
  {
    type: "SpaceType",
    print: () => "&stock",
    *match(entries, pattern) {
      if (!isExpression(pattern) || pattern.children.length !== 3) return;
      for (const [thing, price] of entries) {
        yield [[pattern, expressionOf("price", thing, price)]]; // these two must be equal
      }
    },
  },
);
show(atom`(match ${stock} (price $thing $price) ($thing costs $price))`);
// Prints:
// Bob Cid
// (child 12)
// (Predicate Number)
// ("tea" costs 3) ("cake" costs 5)

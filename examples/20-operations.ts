// Gives programs operations of the host: values, alternatives, streams, and failures that are results.
import {
  type Atom,
  atom,
  atoms,
  boolean,
  Environment,
  evaluate,
  Heap,
  integer,
  NOT_REDUCIBLE,
  OperationError,
  operation,
  print,
  standardLibrary,
  string,
  toValue,
} from "oxbow";

const library = standardLibrary();
const prices = new Map([
  ["tea", 3],
  ["cake", 5],
]);

library.addOperation(
  operation({
    name: "price",
    type: "(-> Symbol Number)",
    summary: "What a thing costs.",
    apply: ([thing]) => {
      const price = prices.get(print(thing!));
      if (price === undefined) throw new OperationError("NotSold"); // (Error (price …) NotSold)
      return integer(price);
    },
  }),
);
library.addOperation(
  operation({
    name: "shelves",
    type: "(-> Atom)",
    summary: "Everything that is sold.",
    apply: () => [...prices.keys()].map((name) => atom`(shelf ${name})`) /* one alternative each */,
  }),
);
library.addOperation(
  operation({
    name: "numbers",
    type: "(-> Number Number)",
    summary: "Every number from one on.",
    *apply([from]) {
      for (let at = toValue(from!) as number; ; at++) yield integer(at); // pulled as they are wanted
    },
  }),
);
library.addOperation(
  operation({
    name: "shout",
    type: "(-> Atom Atom)",
    summary: "A text in capitals.",
    apply: ([text]) => {
      const value = toValue(text!);
      return typeof value === "string" ? string(value.toUpperCase()) : NOT_REDUCIBLE;
    },
  }),
);
library.addOperation(
  operation({
    name: "order",
    type: "(-> Number Bool)",
    summary: "Sends an order.",
    apply: ([count]) => {
      if ((toValue(count!) as number) > 9) throw new RangeError("too many"); // a result, too
      return boolean(true);
    },
  }),
);

using shop = Environment.create(Heap.create());
shop.addAll(atoms`(= (total $a $b) (+ (price $a) (price $b)))`);

function ask(query: Atom): void {
  const { results, failures } = evaluate(shop, query, { library, maxResults: 3 });
  console.log(results.map((result) => print(result)).join(" "));
  for (const { cause } of failures) console.log(`  because of a ${(cause as Error).name}`);
}

ask(atom`(total tea cake)`);
ask(atom`(price soap)`);
ask(atom`(price "tea")`);
ask(atom`(shelves)`);
ask(atom`(* 10 (numbers 5))`);
ask(atom`(shout (f x))`);
ask(atom`(order 10)`);
// Prints:
// 8
// (Error (price soap) NotSold)
// (Error (price "tea") (BadArgType 1 Symbol String))
// (shelf "tea") (shelf "cake")
// 50 60 70
// (shout (f x))
// (Error (order 10) "too many")
//   because of a RangeError

// Asks the network from inside a search: branches wait, the others go on, the order stays.
import { setTimeout as delay } from "node:timers/promises";
import {
  atom,
  atoms,
  Environment,
  evaluateAsync,
  evaluateStream,
  Heap,
  integer,
  operation,
  print,
  standardLibrary,
  string,
  toValue,
} from "oxbow";

const library = standardLibrary();
library.addOperation(
  operation({
    name: "weather",
    type: "(-> Symbol Atom)",
    summary: "From far away.",
    apply: async ([place], { signal }) => {
      const far = print(place!) === "Rome" ? 400 : 1;
      await delay(far, undefined, { signal }); // ends early when the evaluation does
      return string(`sunny in ${print(place!)}`);
    },
  }),
);
library.addOperation(
  operation({
    name: "ticks",
    type: "(-> Number Number)",
    summary: "Slowly, up to a number.",
    async *apply([to]) {
      for (let at = 1; at <= (toValue(to!) as number); at++) {
        await delay(1);
        yield integer(at);
      }
    },
  }),
);

using world = Environment.create(Heap.create());
world.addAll(atoms`(city Rome) (city Oslo)`);

const cities = atom`(match &self (city $c) (weather $c))`;
const { results } = await evaluateAsync(world, cities, { library });
console.log(results.map((result) => print(result)).join(", ")); // in the order of the cities

for await (const result of evaluateStream(world, cities, { library })) {
  console.log(print(result)); // as they come
}

const { results: first } = await evaluateAsync(world, atom`(once (ticks 1000))`, { library });
console.log(first.map((result) => print(result)).join(" ")); // one tick was waited for

const hurry = { library, maxTimeMs: 250 };
const { stopped, results: quick } = await evaluateAsync(world, cities, hurry);
console.log(stopped, quick.map((result) => print(result)).join(", "));
// Prints:
// "sunny in Rome", "sunny in Oslo"
// "sunny in Oslo"
// "sunny in Rome"
// 1
// maxTimeMs "sunny in Oslo"

// Facts with numbers between limits: found by an index, not by a look at each.
import { atom, Environment, expression, float, Heap, integer, print, symbol } from "oxbow";

const readings = Environment.create(Heap.create());
const [reading, sensor] = [symbol("reading"), symbol("sensor")];
for (let time = 0; time < 10_000; time++) {
  const value = float(((time * 7919) % 10_000) / 100);
  readings.add(expression([reading, sensor, integer(time), value]));
}
readings.add(atom`(reading sensor 10000 broken)`);

const pattern = atom`(reading sensor $time $value)`;
const bounds = { value: { gte: 20, lt: 20.03 }, time: { gt: 1000 } };
for (const found of readings.match(pattern, { bounds })) console.log(print(found));
console.log(readings.countMatches(pattern, { bounds: { value: {} } })); // any number

const [report] = readings.explain(pattern, { bounds }).patterns;
console.log(report!.relations[0]!.index, report!.rows);
// Prints:
// (reading sensor 3358 20.02)
// (reading sensor 5679 20.01)
// (reading sensor 8000 20.0)
// 10000
// place 3 by order 4

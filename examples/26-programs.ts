// Runs whole programs: for all that they give, or outcome by outcome as they come.
import {
  Environment,
  Heap,
  type OxbowError,
  print,
  runProgram,
  runProgramSync,
  symbol,
} from "oxbow";

const greeting = `
  (= (greet $name) (hello $name))
  !(bind! &someone World)
  !(greet &someone)`;

const endless = `
  (= (count $n) $n)
  (= (count $n) (count (+ $n 1)))
  !(once (count 1))
  !(count 1)
  !(never asked)`;

using environment = Environment.create(Heap.create());

const { outcomes, errors } = await runProgram(environment, greeting, { source: "greeting" });
for (const { source, line, results } of outcomes) {
  console.log(`${source}:${line}: ${results.map((result) => print(result)).join(" ")}`);
}
console.log(`${errors} errors`);

for await (const { stopped, results } of runProgram(environment, endless, { maxSteps: 5 })) {
  console.log(`${stopped}: [${results.map((result) => print(result)).join(" ")}]`);
  if (stopped !== "completed") break;
}

// What the first program has bound and added is known to the next; nothing of a text with a mistake is.
console.log(print(runProgramSync(environment, "!(greet &someone)").outcomes[0]!.results[0]!));
try {
  runProgramSync(environment, "(added) !(greet Moon) !(oops");
} catch (error) {
  console.log((error as OxbowError).code, environment.countMatches(symbol("added")));
}
// Prints:
// greeting:3: ()
// greeting:4: (hello World)
// 0 errors
// completed: [1]
// maxSteps: [1 2 3]
// (hello World)
// ERR_SYNTAX 0

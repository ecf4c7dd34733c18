// The standard library, with operations that take their time and that end their process.
import { operation, standardLibrary, symbol } from "../../dist/src/index.js";

const sleeper = new Int32Array(new SharedArrayBuffer(4));

export function library() {
  const made = standardLibrary();
  made.addOperation(
    operation({
      name: "hold",
      type: "(-> Number Atom)",
      summary: "Takes so many milliseconds.",
      apply: ([ms]) => {
        Atomics.wait(sleeper, 0, 0, Number(ms.value));
        return symbol("held");
      },
    }),
  );
  made.addOperation(
    operation({
      name: "end-process!",
      type: "(-> Atom)",
      summary: "Ends the process that evaluates it, at once.",
      apply: () => {
        process.kill(process.pid, "SIGKILL");
        Atomics.wait(sleeper, 0, 0);
      },
    }),
  );
  return made;
}

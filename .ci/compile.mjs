// compile.mjs COMMAND: runs the command once on a small program, and keeps beside each of its chunks what V8 has
// compiled of it by then.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import vm from "node:vm";

const [, , command] = process.argv;
const folder = mkdtempSync(join(tmpdir(), "oxbow-compile-"));
const program = join(folder, "program.metta");
writeFileSync(
  program,
  "(fact a b)\n(= (f $x) (if (== $x 0) end (f (- $x 1))))\n!(f 3)\n!(match &self (fact $x $y) ($y $x))\n",
);

const scripts = [];
const { Script } = vm;
vm.Script = class extends Script {
  constructor(source, options) {
    super(source, options);
    scripts.push({ script: this, file: options.filename });
  }
};
process.argv = [process.execPath, resolve(command), "run", program];
process.on("exit", () => {
  rmSync(folder, { recursive: true });
  for (const { script, file } of scripts) {
    writeFileSync(file.replace(/\.js$/, ".code"), script.createCachedData());
  }
});
createRequire(import.meta.url)(resolve(command));

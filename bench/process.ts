/**
 * Runs an engine as a process of its own and says what it cost.
 *
 * CPU time is what the shell's `time` reports for the command and all it started. Peak memory is the
 * high-water mark of the largest process, from `/proc` (Linux; NaN elsewhere).
 */
import { spawnSync } from "node:child_process";

export interface Engine {
  readonly name: string;
  /** A shell command; the word FILE stands for the program's path. */
  readonly command: string;
}

export interface ProcessRun {
  readonly output: string;
  readonly exitCode: number | null;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMiB: number;
}

// The high-water mark must be read while the process lives: a watcher polls it.
const SCRIPT = `
TIMEFORMAT='%U %S'
time { eval "$1" 2>/dev/null & pid=$!
  peak=0
  while kill -0 $pid 2>/dev/null; do
    for child in $pid $(cat /proc/$pid/task/$pid/children 2>/dev/null); do
      value=$(grep -s VmHWM /proc/$child/status) && value=\${value//[^0-9]/} && (( value > peak )) && peak=$value
    done
    sleep 0.05
  done
  wait $pid; code=$?
}
echo "$peak" >&2
exit $code
`;
const PLAIN_SCRIPT = `TIMEFORMAT='%U %S'; time { eval "$1" 2>/dev/null; }`;

/** Runs `engine` on `file` once. With `watchMemory` the watcher's own time is counted in. */
export function runEngine(engine: Engine, file: string, watchMemory = false): ProcessRun {
  const command = engine.command.replace(/\bFILE\b/, `'${file}'`);
  const start = performance.now();
  const child = spawnSync("bash", ["-c", watchMemory ? SCRIPT : PLAIN_SCRIPT, "bash", command], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const wallMs = performance.now() - start;
  const [user = Number.NaN, system = Number.NaN, peakKiB = Number.NaN] = child.stderr
    .trim()
    .split(/\s+/)
    .map(Number);
  return {
    output: child.stdout,
    exitCode: child.status,
    wallMs,
    cpuMs: (user + system) * 1000,
    peakMiB: peakKiB / 1024,
  };
}

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./sources.js";

/** ` *   S1  The reference count …` in a file of src. */
const DEFINITION = /^\s*\*\s+([A-Z]{1,4}\d{1,2})\s{1,3}\S/;
const CITATION = /(?<![\w.$-])([A-Z]{1,4}\d{1,2})(?![\w.])/g;
const RANGE = /\b([A-Z]{1,4})(\d{1,2})(?: to | … )\1(\d{1,2})\b/g;

/**
 * Invariants that no check, no test and no line that relies on them cites yet. The list may only become shorter: an
 * invariant that is cited, or gone, has to leave it.
 */
const UNCITED: readonly string[] = [
  "A3",
  "A5",
  "AD2",
  "AD3",
  "AL4",
  "AL5",
  "CP1",
  "CT2",
  "CU1",
  "CU2",
  "CW1",
  "CW2",
  "DE1",
  "DE2",
  "F3",
  "H1",
  "HM1",
  "IM1",
  "IM2",
  "IN1",
  "KEY2",
  "KI1",
  "KI2",
  "L1",
  "L2",
  "L4",
  "LX1",
  "LX2",
  "M1",
  "M10",
  "M3",
  "M4",
  "M5",
  "MC1",
  "MC2",
  "ME1",
  "ME2",
  "ME3",
  "MU1",
  "MU2",
  "MU4",
  "OW1",
  "OW2",
  "P1",
  "P2",
  "PA1",
  "PE1",
  "PK1",
  "PK2",
  "PM1",
  "QC1",
  "QS1",
  "QV1",
  "RC1",
  "RC2",
  "RD1",
  "RG1",
  "RL2",
  "RM1",
  "RN2",
  "RO2",
  "RP1",
  "RP2",
  "RT1",
  "RT2",
  "RU1",
  "RU2",
  "RU3",
  "RW7",
  "S5",
  "SB1",
  "SC2",
  "SE1",
  "SE2",
  "SL1",
  "SL2",
  "SO1",
  "SR1",
  "SR2",
  "SS1",
  "SS2",
  "SS3",
  "ST2",
  "SU2",
  "T3",
  "T4",
  "TO5",
  "TR1",
  "TR2",
  "TS1",
  "TS3",
  "TU1",
  "TU2",
  "TY2",
  "U1",
  "UN2",
  "VC1",
  "VE1",
  "VE2",
  "VE3",
  "WO1",
  "Y1",
];

const defined = new Map<string, string[]>();
const cited = new Map<string, string[]>();

for (const folder of ["src", "workers", "test", "docs"]) {
  for (const entry of readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(ts|mjs|md)$/.test(entry.name)) continue;
    const path = relative(ROOT, join(entry.parentPath, entry.name)).replaceAll("\\", "/");
    // This list cites nothing.
    if (path !== "test/architecture/invariants.test.ts") readFile(path);
  }
}

function readFile(path: string): void {
  for (const [index, line] of readFileSync(join(ROOT, path), "utf8").split("\n").entries()) {
    const id = path.startsWith("src/") ? DEFINITION.exec(line)?.[1] : undefined;
    if (id !== undefined) defined.set(id, [...(defined.get(id) ?? []), path]);
    for (const one of idsIn(line)) {
      if (one !== id) cited.set(one, [...(cited.get(one) ?? []), `${path}:${index + 1}`]);
    }
  }
}

function idsIn(line: string): string[] {
  const ranges = [...line.matchAll(RANGE)].flatMap(([, prefix, from, to]) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, k) => `${prefix}${Number(from) + k}`),
  );
  return [...[...line.matchAll(CITATION)].map(([, id]) => id!), ...ranges];
}

function prefixOf(id: string): string {
  return id.replace(/\d+$/, "");
}

describe("the invariants that headers number", () => {
  it("are found", () => {
    expect(defined.size).toBeGreaterThan(150);
    expect(defined.get("S1")).toEqual(["src/memory/segment.ts"]);
  });

  it("have one definition each", () => {
    expect([...defined].filter(([, files]) => files.length > 1)).toEqual([]);
  });

  it("of one prefix are all in one file", () => {
    const files = new Map<string, Set<string>>();
    for (const [id, [file]] of defined) {
      const prefix = prefixOf(id);
      files.set(prefix, (files.get(prefix) ?? new Set()).add(file!));
    }
    expect([...files].filter(([, paths]) => paths.size > 1)).toEqual([]);
  });

  it("are all that is cited under their prefixes", () => {
    const prefixes = new Set([...defined.keys()].map(prefixOf));
    const unknown = [...cited].filter(([id]) => prefixes.has(prefixOf(id)) && !defined.has(id));
    expect(unknown).toEqual([]);
  });

  it("are cited where something checks them or relies on them", () => {
    const uncited = [...defined.keys()].filter((id) => !cited.has(id));
    expect(uncited.toSorted()).toEqual(UNCITED);
  });
});

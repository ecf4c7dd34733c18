import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Heap, type JsonValue, SharedMap, SharedVector } from "../../src/containers/index.js";
import { toText } from "../../src/containers/json-text.js";
import { checkHeap } from "../../src/memory/check-heap.js";

const refused = expect.objectContaining({ code: "ERR_NOT_SHAREABLE" });

/** JSON values at their edges: any UTF-16 text, −0, keys that objects inherit. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("\ud800", "a\udc00b", "__proto__", "toString", "constructor", "\u0000"),
);
const { value: anything } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<JsonValue[]>(null, true, false, 0, -0, 5e-324, 1.7976931348623157e308),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    text,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(text, tie("value"), { maxKeys: 4 }),
  ),
}));

class Point {
  readonly x = 1;
}

function deep(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

const cycle: Record<string, unknown> = {};
cycle.self = [cycle];
const arrayWith = (property: object): unknown[] => Object.assign([1], property);

const UNSAYABLE: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  "undefined inside an object": { a: undefined },
  "undefined inside an array": [undefined],
  "a hole": new Array(2),
  "a hole beside a property": Object.assign(new Array(1), { extra: 1 }),
  NaN: Number.NaN,
  infinity: -Infinity,
  bigint: 1n,
  symbol: Symbol("s"),
  function: () => 1,
  "a function inside": { f: () => 1 },
  Map: new Map([["a", 1]]),
  Set: new Set([1]),
  Date: new Date(0),
  RegExp: /a/,
  Error: new Error("e"),
  "a typed array": new Uint8Array(2),
  ArrayBuffer: new ArrayBuffer(2),
  Promise: Promise.resolve(1),
  "a boxed number": Object(1),
  "an instance of a class": new Point(),
  "a subclass of Array": new (class List extends Array<number> {})(),
  "an object with a prototype of the program's own": Object.create({ inherited: 1 }),
  "an object with toJSON": { toJSON: () => 1 },
  "a key that is a symbol": { [Symbol("s")]: 1 },
  "a hidden property": Object.defineProperty({}, "hidden", { value: 1 }),
  "an array with properties": arrayWith({ extra: 1 }),
  arguments: (function () {
    // biome-ignore lint/complexity/noArguments: it is what is tested.
    return arguments;
  })(),
  "an object that holds itself": cycle,
  "nesting beyond the stack": deep(1_000_000),
  "a getter that throws": {
    get broken(): never {
      throw new Error("broken");
    },
  },
};

describe("a value that is shared", () => {
  it("comes back exactly as it went in, −0 and lone surrogates too", () => {
    fc.assert(
      fc.property(anything, (value) => {
        if (!same(JSON.parse(toText(value)), value)) expect.fail(toText(value));
      }),
      { numRuns: 500 },
    );
  });

  it("may come from another realm, lack a prototype, and hold one part twice", () => {
    const part = { a: 1 };
    const bare = Object.assign(Object.create(null), { a: [part, part] }) as unknown;
    expect(toText(bare)).toBe('{"a":[{"a":1},{"a":1}]}');
    expect(toText(runInNewContext("({ a: [1, { b: null }] })"))).toBe('{"a":[1,{"b":null}]}');
    expect(() => toText(runInNewContext("new Map()"))).toThrow(refused);
    expect(() => toText(runInNewContext("new (class A {})()"))).toThrow(refused);
  });

  it.each(Object.entries(UNSAYABLE))("is refused if it is or holds %s", (_name, value) => {
    expect(() => toText(value)).toThrow(refused);
    if (_name !== "nesting beyond the stack") {
      expect(() => toText({ outer: [value] })).toThrow(/at value\["outer"\]\[0\]|broken/);
    }
    const heap = Heap.create({ maxBytes: 8 * 2 ** 20 });
    const map = SharedMap.create({ heap });
    const vector = SharedVector.create({ heap });
    map.set("a", 1);
    expect(() => map.set("a", value as JsonValue)).toThrow(refused);
    expect(() => map.update((next) => next.set("b", 2).set("a", value as JsonValue))).toThrow(
      refused,
    );
    expect(() => vector.append(1, value as JsonValue)).toThrow(refused);
    expect([...map]).toEqual([["a", 1]]);
    expect(vector).toHaveLength(0);
    checkHeap(heap);
  });

  it("is named with the place of what cannot be said", () => {
    expect(() => toText({ list: [1, { when: new Date(0) }] })).toThrow(
      'cannot share a value: JSON cannot say an object of class Date at value["list"][1]["when"]',
    );
  });
});

/** Deep equality that tells −0 from 0. */
function same(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || one === null || typeof other !== "object" || other === null) {
    return Object.is(one, other);
  }
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every(
    (name) =>
      Object.hasOwn(other, name) &&
      same((one as Record<string, unknown>)[name], (other as Record<string, unknown>)[name]),
  );
}

import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { closedStore, flipped, loggedStore, openDamaged } from "../persist/damage.js";

const LIMIT_MS = 3_600_000;

describe("a small store", () => {
  it(
    "is refused or read correctly, whichever byte is flipped and wherever a file is cut off",
    async () => {
      const outcomes = { refused: 0, read: 0 };
      for (const [store, name] of [
        [closedStore(), "data"],
        [loggedStore(), "data"],
        [loggedStore(), "log-1"],
      ] as const) {
        const whole = store.files.get(name)!;
        // The last state, and of a log the one before; cut off, any that it has been in.
        const allowed = name === "data" ? store.states.slice(-1) : store.states;
        const judge = async (bytes: Uint8Array, what: string): Promise<void> => {
          const found = await openDamaged(store, name, bytes);
          if (found === "ERR_STORE_DAMAGED" || found === "ERR_STORE_VERSION") outcomes.refused++;
          else {
            expect(allowed, what).toContainEqual(found);
            outcomes.read++;
          }
        };
        for (let at = 0; at < whole.length; at++) {
          await judge(flipped(whole, at), `${name}: byte ${at} flipped`);
          await judge(whole.slice(0, at), `${name}: cut off at ${at}`);
          if (at % 16 === 0) await turn();
        }
      }
      console.log(`${outcomes.refused} refused, ${outcomes.read} read correctly`);
    },
    LIMIT_MS,
  );
});

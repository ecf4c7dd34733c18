/** What an inspector and its thread say to each other. */
import type { Address } from "../base/address.js";
import type { SharedHandle } from "../memory/shared-handle.js";
import type { TapMemory } from "../sync/taps.js";
import type { ProfileReport } from "./protocol.js";

/** What the thread starts from. */
export interface InspectorSetup {
  readonly taps: TapMemory;
  readonly profiles: boolean;
  /** Where the page is served, any free port for 0; null: nowhere. */
  readonly port: number | null;
  /** A recording to be shown, instead of what runs. */
  readonly file: string | null;
}

/** To the thread. */
export type Order =
  | { readonly kind: "heap"; readonly number: number; readonly handle: SharedHandle<"Heap"> }
  | { readonly kind: "board"; readonly heap: number; readonly board: Address }
  | { readonly kind: "source"; readonly file: string; readonly text: string }
  | {
      readonly kind: "watch";
      readonly name: string;
      readonly heap: number;
      readonly handle: SharedHandle<"SharedEnvironment">;
    }
  | { readonly kind: "end watching"; readonly name: string }
  | { readonly kind: "profile" }
  | { readonly kind: "record"; readonly file: string }
  | { readonly kind: "close" };

/** From the thread; `failed` ends it. Answers come in the order of the orders that ask for one. */
export type Report =
  | { readonly kind: "ready"; readonly address: string | null }
  | { readonly kind: "failed"; readonly message: string; readonly code: string }
  | { readonly kind: "profile"; readonly profile: ProfileReport }
  | { readonly kind: "recorded"; readonly problem: string | null }
  | { readonly kind: "closed" };

/**
 * Ticket: what one thread issues and another redeems, once.
 *
 *     sender ── issue ──▶ number (a message, workerData, a word of the program's own) ──▶ redeem ── receiver
 *
 * The layout and the invariants TK1 … TK3 are in `ticket-layout.ts`, the content of the number in `sealed.ts`.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { allocate, release, retainIn } from "./allocator.js";
import { kindName, RAW, TICKET } from "./kinds.js";
import type { LocalHeap } from "./layout.js";
import { reserve } from "./ledger.js";
import { nextGeneration, sealedNumber, sealOf, stale, unseal } from "./sealed.js";
import { readKind, setChildren, writeKind } from "./segment.js";
import { PURPOSE, SEAL, TAKEN, TARGET, TICKET_WORDS } from "./ticket-layout.js";

/**
 * A number for one more reference to `target`, which the caller holds. One that is never redeemed keeps the
 * target for the heap's life. Throws HeapExhaustedError.
 */
export function issueTicket(heap: LocalHeap, target: Address): number {
  const { words } = heap;
  const ticket = allocate(heap, TICKET_WORDS, RAW);
  const generation = nextGeneration(heap);
  words[ticket + SEAL] = sealOf(words, generation);
  words[ticket + PURPOSE] = readKind(words, target);
  words[ticket + TARGET] = target;
  retainIn(heap, target);
  setChildren(words, ticket, TARGET, 1);
  writeKind(words, ticket, TICKET);
  return sealedNumber(ticket, generation);
}

/**
 * The segment of a number that {@link issueTicket} gave for one of that kind; its reference is the caller's, and
 * the next `hold` of this thread does not fail. Throws `ERR_STALE_HANDLE` for any other number, and
 * HeapExhaustedError, after which the number is still valid.
 */
export function redeemTicket(heap: LocalHeap, number: number, kind: number): Address {
  const { words } = heap;
  const what = kindName(kind);
  const { address: ticket, seal } = unseal(words, number, TICKET, what);
  const isMeant = words[ticket + PURPOSE] === kind;
  if (!isMeant || Atomics.load(words, ticket + SEAL) !== seal) throw stale(what, number);
  // Everything that can fail comes first.
  reserve(heap);
  if (Atomics.compareExchange(words, ticket + SEAL, seal, TAKEN) !== seal) {
    throw stale(what, number);
  }
  const target = words[ticket + TARGET]!;
  words[ticket + TARGET] = NO_ADDRESS;
  release(heap, ticket);
  return target;
}

/**
 * The layout of tickets: references on their way to another thread, as numbers that are valid once.
 *
 *     ticket  0        4        5      6
 *             | header | target | seal | purpose |
 *                      | child  |
 *
 * `purpose` is the target's kind. Nobody holds a ticket but the number; `outerReferences` counts every ticket
 * that can be redeemed as held, so checks and recovery know what is in transit.
 *
 * Invariants
 *   TK1  A ticket with a seal has count 1, and holds a reference to a live segment of its purpose.
 *   TK2  The seal is taken once (compareExchange seal → 0): who takes it has the ticket.
 *   TK3  A ticket has its kind after everything else, so a thread that ends while it issues one leaves a
 *        segment that nobody holds.
 *
 * Shared words
 *   seal    the issuer, before the number exists; receivers (compareExchange) · receivers.
 *   others  the issuer · whoever has taken the seal. What a stale number reads here may be
 *           anything: the seal decides.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { HEADER_WORDS, readKind } from "./segment.js";

export const TARGET: number = HEADER_WORDS;
export const SEAL: number = TARGET + 1;
export const PURPOSE: number = SEAL + 1;
export const TICKET_WORDS: number = PURPOSE + 1;

/** The seal of a ticket that somebody is redeeming. */
export const TAKEN = 0;

/** How many numbers hold a live ticket. */
export function ticketHolders(words: Int32Array, ticket: Address): number {
  return words[ticket + SEAL] === TAKEN ? 0 : 1;
}

/** Whether TK1 holds of a live ticket of a heap at rest. */
export function isSoundTicket(words: Int32Array, ticket: Address): boolean {
  const target = words[ticket + TARGET]!;
  return target !== NO_ADDRESS && readKind(words, target) === words[ticket + PURPOSE];
}

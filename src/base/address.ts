/**
 * The address of something in a shared heap: a word (32-bit) offset from the heap's start.
 *
 * Invariants
 *   AD1  0 means "none"; nothing is ever stored at word 0.
 *   AD2  An address is an integer below 2^31, so it stays a small integer in every engine and fits
 *        a signed word of the heap itself.
 *
 * Addresses are relative to the heap, so an image of a heap is position-independent.
 */
export type Address = number;

/** The null address (AD1). */
export const NO_ADDRESS: Address = 0;

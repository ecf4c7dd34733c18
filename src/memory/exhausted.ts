/** The heap is full: an operational error that leaves everything as it was. */
import { OxbowError } from "../base/errors.js";

/** The numbers behind a {@link HeapExhaustedError}, all in bytes. */
export interface ExhaustionDetails {
  /** What was asked for. */
  readonly bytesAsked: number;
  /** In chunks that are claimed, free blocks inside them included. */
  readonly bytesInUse: number;
  /** What the heap may use. */
  readonly bytesLimit: number;
}

/** Thrown by allocation (`code` is `ERR_HEAP_EXHAUSTED`); what was being built is given back. */
export class HeapExhaustedError extends OxbowError {
  constructor(details: ExhaustionDetails) {
    super(
      "ERR_HEAP_EXHAUSTED",
      `cannot allocate ${details.bytesAsked} bytes: ${details.bytesInUse} of the heap's ` +
        `${details.bytesLimit} bytes are in use; existing data is unchanged`,
      { ...details },
    );
    this.name = "HeapExhaustedError";
  }
}

/** Text as bytes in UTF-8, wherever those are: shared memory included. */
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const NO_BYTES = new Uint8Array(0);

export function encodeUtf8(text: string): Uint8Array {
  return text === "" ? NO_BYTES : encoder.encode(text);
}

/** Bytes of memory that threads share are copied first: platforms refuse to read text from it. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice());
}

/** What starting threads needs besides: calls to a worker, and the program of a thread. */
export { wrap } from "comlink";
export { source } from "./thread-text.js";

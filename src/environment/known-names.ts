/** Names in atoms: the spaces and states that an atom names are to be the environment's own. */
import { NO_ADDRESS } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { treeHas } from "../containers/tree.js";
import { T_SPACE, T_STATE, tagOf, tokenEnd } from "../term/tokens.js";
import { NAMED, NO_WRITER } from "./causal-context.js";
import type { Handle } from "./handle.js";
import { SPACES, STATES } from "./space.js";

/**
 * Throws ERR_INVALID_ARGUMENT if the run of `length` words in the scratch words names a space or a state that
 * the environment has not: what reads the atom later could not use it.
 */
export function assertKnownNames({ root, store }: Handle, length: number): void {
  const { scratch, words } = store;
  for (let at = 0; at < length; at = tokenEnd(scratch[at]!, at)) {
    const tag = tagOf(scratch[at]!);
    if (tag !== T_SPACE && tag !== T_STATE) continue;
    const [writer, sequence] = [scratch[at + 1]!, scratch[at + 2]!];
    // `&self`, and what is kept by name, in whatever environment it is used.
    if (writer === NO_WRITER || writer === NAMED) continue;
    const tree = words[root + (tag === T_SPACE ? SPACES : STATES)]!;
    if (tree !== NO_ADDRESS && treeHas(words, tree, writer, sequence)) continue;
    const kind = tag === T_SPACE ? "space" : "state";
    throw new OxbowError(
      "ERR_INVALID_ARGUMENT",
      `cannot add an atom: it names a ${kind} that this environment has not; nothing was added`,
      { writer, sequence },
    );
  }
}

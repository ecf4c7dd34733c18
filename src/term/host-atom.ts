/** Host values as atoms: custom number types, handles, predicates with their own matching rule. */
import { asFunction, asOptions, asText, type Checks } from "../base/arguments.js";
import { HostAtom, type HostBehavior } from "./atom.js";
import { parseAtom } from "./parser.js";

/** How a host value looks and behaves among atoms. */
export interface HostAtomOptions<Value> extends Omit<HostBehavior<Value>, "typeAtom"> {
  /** Its MeTTa type as text, such as `Handle` or `(Set Number)`. */
  readonly type: string;
}

const CHECKS: Checks<HostAtomOptions<never>> = {
  type: asText,
  print: asFunction,
  equals: asFunction,
  match: asFunction,
};

/**
 * An atom that holds a host value. It lives in one thread: storing it in an environment is
 * `ERR_NOT_SHAREABLE`. Throws ERR_SYNTAX for a type that cannot be read, ERR_INVALID_ARGUMENT.
 *
 *     const adult = hostAtom(18, {
 *       type: "(Predicate Number)",
 *       print: (from) => `≥${from}`,
 *       *match(from, other) {
 *         if (isInteger(other) && other.value >= from) yield []; // matches, and binds nothing
 *       },
 *     });
 *     evaluate(environment, atom`(match &self (age $who ${adult}) $who)`);
 */
export function hostAtom<Value>(value: Value, options: HostAtomOptions<Value>): HostAtom {
  const act = "make an atom of a host value";
  const { type, print, equals, match } = asOptions(act, options, CHECKS, ["type"]);
  const behavior: HostBehavior<Value> = {
    typeAtom: parseAtom(type),
    ...(print === undefined ? {} : { print }),
    ...(equals === undefined ? {} : { equals }),
    ...(match === undefined ? {} : { match }),
  };
  return new HostAtom(value, type, behavior);
}

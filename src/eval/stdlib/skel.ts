/** The module `skel`: a template for your own modules, with a rule in MeTTa and an operation of the host. */
import { EXPRESSION, expression } from "../../term/atom.js";
import { impureOperation, type Operation, OperationError } from "../host/operation.js";

export const SKEL_TEXT = `
(: PairType (-> $a $b Type))
(: Pair (-> $a $b (PairType $a $b)))

(@doc skel-swap-pair
  (@desc "A pair with its parts exchanged, by a rule")
  (@params ((@param "A pair")))
  (@return "The swapped pair"))
(: skel-swap-pair (-> (PairType $a $b) (PairType $b $a)))
(= (skel-swap-pair (Pair $a $b)) (Pair $b $a))
`;

export const SKEL_OPERATIONS: readonly Operation[] = [
  impureOperation(
    "skel-swap-pair-native",
    "(-> (PairType $a $b) (PairType $b $a))",
    "A pair with its parts exchanged, by the host.",
    ([pair]) => {
      if (pair?.tag !== EXPRESSION || pair.children.length !== 3) {
        throw new OperationError("single pair is expected as an argument");
      }
      const [head, first, second] = pair.children;
      return expression([head!, second!, first!]);
    },
  ),
];

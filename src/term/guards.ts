/** Guards: which kind of atom a value is. They take any value, so they also tell atoms from what is none. */
import {
  type Atom,
  BooleanAtom,
  Expression,
  FloatAtom,
  HostAtom,
  IntegerAtom,
  OperationAtom,
  SpaceAtom,
  StateAtom,
  StringAtom,
  SymbolAtom,
  Variable,
} from "./atom.js";

/** Whether the value is an atom of any kind. */
export function isAtom(value: unknown): value is Atom {
  return (
    value instanceof Expression ||
    value instanceof SymbolAtom ||
    value instanceof Variable ||
    isNumber(value) ||
    value instanceof StringAtom ||
    value instanceof BooleanAtom ||
    value instanceof SpaceAtom ||
    value instanceof StateAtom ||
    value instanceof OperationAtom ||
    value instanceof HostAtom
  );
}

/** Whether the value is a symbol: `name` says which. */
export function isSymbol(value: unknown): value is SymbolAtom {
  return value instanceof SymbolAtom;
}

/** Whether the value is a variable: `name` is without the `$`. */
export function isVariable(value: unknown): value is Variable {
  return value instanceof Variable;
}

/** Whether the value is an expression: `children` are its parts. */
export function isExpression(value: unknown): value is Expression {
  return value instanceof Expression;
}

/** Whether the value is an integer: `value` is a `number` if that is exact, else a `bigint`. */
export function isInteger(value: unknown): value is IntegerAtom {
  return value instanceof IntegerAtom;
}

/** Whether the value is a float. */
export function isFloat(value: unknown): value is FloatAtom {
  return value instanceof FloatAtom;
}

/** Whether the value is an integer or a float. */
export function isNumber(value: unknown): value is IntegerAtom | FloatAtom {
  return value instanceof IntegerAtom || value instanceof FloatAtom;
}

/** Whether the value is a string of MeTTa: `value` is the string of JavaScript. */
export function isString(value: unknown): value is StringAtom {
  return value instanceof StringAtom;
}

/** Whether the value is `True` or `False`: `value` says which. */
export function isBoolean(value: unknown): value is BooleanAtom {
  return value instanceof BooleanAtom;
}

/** Whether the value names a space. */
export function isSpace(value: unknown): value is SpaceAtom {
  return value instanceof SpaceAtom;
}

/** Whether the value names a state: `environment.getState` tells what it holds. */
export function isState(value: unknown): value is StateAtom {
  return value instanceof StateAtom;
}

/** Whether the value is an operation as an atom. */
export function isOperation(value: unknown): value is OperationAtom {
  return value instanceof OperationAtom;
}

/** Whether the value is an atom that holds a value of the host: `value` is that. */
export function isHost(value: unknown): value is HostAtom {
  return value instanceof HostAtom;
}

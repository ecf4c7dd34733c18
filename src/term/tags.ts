/** Which kind of atom an atom is: the value of its `tag`. */

export const SYMBOL = 0;
export const VARIABLE = 1;
export const EXPRESSION = 2;
export const INTEGER = 3;
export const FLOAT = 4;
export const STRING = 5;
export const BOOLEAN = 6;
/** A grounded operation: code registered by name on every thread. */
export const OPERATION = 7;
/** A handle to a space of the environment. */
export const SPACE = 8;
/** A handle to a mutable cell of the environment. */
export const STATE = 9;
/** Any other host value; it cannot be put into a shared environment. */
export const HOST = 10;

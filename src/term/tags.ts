/** Which kind of atom an atom is: the value of its `tag`. */

/** Tag of a symbol. */
export const SYMBOL = 0;
/** Tag of a variable. */
export const VARIABLE = 1;
/** Tag of an expression. */
export const EXPRESSION = 2;
/** Tag of an integer. */
export const INTEGER = 3;
/** Tag of a float. */
export const FLOAT = 4;
/** Tag of a string. */
export const STRING = 5;
/** Tag of True and False. */
export const BOOLEAN = 6;
/** A grounded operation: code registered by name on every thread. */
export const OPERATION = 7;
/** A handle to a space of the environment. */
export const SPACE = 8;
/** A handle to a mutable cell of the environment. */
export const STATE = 9;
/** Any other host value; it cannot be put into a shared environment. */
export const HOST = 10;

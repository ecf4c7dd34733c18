/**
 * Types of atoms: declared ones, those that follow by application, and which types fit each other. Typing is
 * gradual: what has no declared type has `%Undefined%`, which fits everything. The rules are those of
 * the reference (`lib/src/metta/types.rs`).
 *
 *   TY1  `Atom` and `%Undefined%` fit everything; a meta-type (`Symbol`, `Variable`, `Expression`,
 *        `Grounded`) fits atoms of its kind whatever their types.
 *   TY2  An application has, for each function type of its head that fits its arguments, the result
 *        type; for one that does not fit, an error.
 *   TY3  What is known of a symbol's types is valid as long as the space's type version.
 *   TY4  So is what is known of an expression without variables, as long as there are no states, whose types
 *        are those of what they hold.
 */

import { countWork } from "../../base/work.js";
import { dependenciesOf } from "../../environment/dependencies.js";
import { typesOf as declaredTypes, typesOfOthers, typeVersion } from "../../environment/query.js";
import { notedOf, STATE_TYPES } from "../../environment/registers.js";
import { matchThrough, searchTrail } from "../../environment/search.js";
import { getState, hasStates } from "../../environment/state.js";
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  type Expression,
  expression,
  FLOAT,
  HOST,
  INTEGER,
  OPERATION,
  SPACE,
  type SpaceAtom,
  STATE,
  STRING,
  type StateAtom,
  SYMBOL,
  type SymbolAtom,
  symbol,
  VARIABLE,
} from "../../term/atom.js";
import { alphaEqual } from "../../term/equal.js";
import { dereference, freshVariable, renameFresh, resolve } from "../../term/resolve.js";
import { SMALL_VISITS } from "../../term/sharing.js";
import { Trail } from "../../term/trail.js";
import { errorAtom } from "../language/error-atom.js";
import {
  BOOL,
  NUMBER,
  RANDOM_GENERATOR,
  SPACE_TYPE,
  STRING_TYPE,
  UNDEFINED,
} from "../language/type-names.js";
import { type Applicable, BAD_TYPE, CallCheck } from "./call-check.js";
import { isMetaType, literalType } from "./evidence.js";
import type { Declared, KnownTypes } from "./known-types.js";
import {
  applicationTypes,
  matchTypes,
  type TypeFound,
  WRONG_ARGUMENT_COUNT,
} from "./type-match.js";
import { TypePlan } from "./type-plan.js";
import { fitsMetaType, type TypeSource } from "./type-source.js";

const STATE_MONAD = symbol("StateMonad");
/** The types of states that hold literals, by the types of these. */
const STATES_OF_LITERALS: ReadonlyMap<Atom, Expression> = new Map(
  [NUMBER, BOOL, STRING_TYPE, SPACE_TYPE].map((type) => [type, expression([STATE_MONAD, type])]),
);
const ARROW = symbol("->");
const SUBTYPE = symbol(":<");
/** The depth to which nested expressions are typed; anything deeper has `%Undefined%`. */
const DEPTH_LIMIT = 200;

export function isFunctionType(type: Atom): type is Expression {
  return type.tag === EXPRESSION && type.children.length > 1 && type.children[0] === ARROW;
}

/** Super-types that an atom has at most. */
const SUPER_TYPES_LIMIT = 64;

const NOTHING: Declared = {
  functionTypes: [],
  valueTypes: [],
  plan: null,
  valueType: UNDEFINED,
};

/** What one evaluation knows of types. */
export class TypeCache {
  readonly source: TypeSource;
  /** Set by the first refresh, which comes before every use. */
  #known!: KnownTypes;
  readonly #trail = new Trail();
  #version = "";
  #definitions = -1;
  /** Of the atom with variables whose types are being found. */
  #walk: { visits: number; found: Map<Expression, TypeFound[]> | null } | null = null;
  /** The states that the types being found are those of. */
  readonly #around = new Set<string>();
  #mayTypeExpressions = false;
  /** The space, and those that it depends on. */
  #spaces: readonly (SpaceAtom | null)[] = [];
  #libraryVersion = -1;

  constructor(source: TypeSource) {
    this.source = source;
  }

  /** The declared types of a symbol, the library's included. */
  declaredFor(head: SymbolAtom): Declared {
    this.#refresh();
    let found = this.#known.declared.get(head);
    if (found === undefined) {
      found = split(this.#query(head));
      this.#known.declared.set(head, found);
    }
    return found;
  }

  /** Whether something is declared of the types of expressions. */
  get mayTypeExpressions(): boolean {
    this.#refresh();
    return this.#mayTypeExpressions;
  }

  #refresh(): void {
    const { handle, space, registry, preparations } = this.source;
    const { definitions } = handle;
    if (definitions === this.#definitions && registry.version === this.#libraryVersion) return;
    this.#definitions = definitions;
    this.#spaces = [space, ...dependenciesOf(handle, space)];
    const version = this.#spaces.map((each) => typeVersion(handle, each)).join();
    if (version === this.#version && registry.version === this.#libraryVersion) return; // TY3
    this.#version = version;
    this.#libraryVersion = registry.version;
    this.#known = preparations.types(space, version, registry.version);
    this.#mayTypeExpressions = this.#spaces.some((each) => typesOfOthers(handle, each));
    this.#known.hasSubtypes ??= this.#findSubtype();
  }

  /** Whether a type is said to be a subtype of another. */
  #findSubtype(): boolean {
    const { handle, space } = this.source;
    const anySubtype = expression([SUBTYPE, freshVariable("type"), freshVariable("above")]);
    const trail = searchTrail(handle);
    const cursor = matchThrough(handle, space, anySubtype, trail);
    const isFound = cursor.next();
    cursor.close();
    trail.undoTo(0);
    return isFound;
  }

  #query(atom: Atom): Atom[] {
    const { registry } = this.source;
    const builtIn = atom.tag === SYMBOL ? registry.typesOf(atom) : [];
    return this.#withSuperTypes([...builtIn, ...this.#asserted(atom)]);
  }

  /** What the spaces say in `(: atom …)`. An atom that is a variable matches that too, and says nothing. */
  #asserted(atom: Atom): Atom[] {
    this.#refresh();
    const { handle } = this.source;
    return this.#spaces
      .flatMap((space) => declaredTypes(handle, space, atom))
      .filter((type) => type !== UNDEFINED && type.tag !== VARIABLE);
  }

  #withSuperTypes(types: Atom[]): Atom[] {
    const all = [...types];
    // A chain such as (:< $t (List $t)) has no end.
    for (let index = 0; index < all.length && all.length < SUPER_TYPES_LIMIT; index++) {
      for (const above of this.#superTypesOf(all[index]!)) {
        // An atom that is a variable matches (:< …) too, and says nothing.
        if (above.tag === VARIABLE) continue;
        if (!all.some((known) => alphaEqual(known, above))) all.push(above);
      }
    }
    return all;
  }

  #superTypesOf(type: Atom): Atom[] {
    if (this.#known.hasSubtypes !== true) return [];
    const { handle, space } = this.source;
    const above = freshVariable("above");
    const trail = searchTrail(handle);
    const pattern = expression([SUBTYPE, renameFresh(type), above]);
    const cursor = matchThrough(handle, space, pattern, trail);
    const found: Atom[] = [];
    while (cursor.next()) {
      found.push(resolve(above));
      trail.undoTo(0);
    }
    return found;
  }

  /** All types of an atom; none stands for `%Undefined%`. */
  typesOf(atom: Atom, depth = 0): TypeFound[] {
    const top = dereference(atom);
    switch (top.tag) {
      case SYMBOL: {
        const { functionTypes, valueTypes } = this.declaredFor(top);
        return [...valueTypes, ...functionTypes].map((type) => plain(freshened(type)));
      }
      case VARIABLE:
        return [];
      case EXPRESSION:
        return this.#typesOfWhole(top, depth);
      default: {
        const type = this.#groundedType(top, depth);
        return type === UNDEFINED ? [] : [plain(type)];
      }
    }
  }

  /** Whether types of expressions are kept (TY4). */
  get keepsTypes(): boolean {
    return !hasStates(this.source.handle);
  }

  /** The type that is kept of an expression, as {@link onlyType}; undefined: none is kept. */
  keptType(value: Expression): Atom | null | undefined {
    this.#refresh();
    const found = this.#known.ofGround.get(value);
    return found === undefined ? undefined : onlyOf(found);
  }

  /** Keeps what shows to be the only type of an expression without variables. */
  keepType(value: Expression, type: Atom): void {
    this.#refresh();
    this.#known.ofGround.set(value, [plain(type)]);
  }

  /**
   * The type of a value that has only one, UNDEFINED if it has none; null: it has several or is ill-typed, or finding out
   * costs a walk that nothing is kept of.
   */
  onlyType(value: Expression | StateAtom): Atom | null {
    if (value.tag === STATE) return this.#groundedType(value, 0);
    if (!this.keepsTypes) return null;
    this.#refresh();
    return onlyOf(this.#known.ofGround.get(value) ?? this.#keepTypes(value));
  }

  #groundedType(atom: Atom, depth: number): Atom {
    switch (atom.tag) {
      case INTEGER:
      case FLOAT:
        return NUMBER;
      case STRING:
        return STRING_TYPE;
      case BOOLEAN:
        return BOOL;
      case SPACE:
        return SPACE_TYPE;
      case STATE:
        return this.#stateType(atom, depth);
      case HOST:
        return atom.behavior.typeAtom ?? symbol(atom.typeName);
      case OPERATION:
        return this.source.registry.typesOf(symbol(atom.name))[0] ?? UNDEFINED;
      default:
        return UNDEFINED;
    }
  }

  /** A state that holds itself, or is nested deeper than the limit, may have any type there. */
  #stateType(state: StateAtom, depth: number): Atom {
    const { handle } = this.source;
    const value = getState(handle, state);
    if (value.tag === EXPRESSION && value.children[0] === RANDOM_GENERATOR) return RANDOM_GENERATOR;
    const kept = notedOf(handle, STATE_TYPES, state)[0];
    if (kept !== undefined) return expression([STATE_MONAD, kept]);
    const literal = literalType(value);
    if (literal !== null) return STATES_OF_LITERALS.get(literal)!;
    const name = `${state.writer}.${state.sequence}`;
    if (depth > DEPTH_LIMIT || this.#around.has(name)) return UNDEFINED;
    this.#around.add(name);
    const inner = this.typesOf(value, depth + 1)[0];
    this.#around.delete(name);
    return expression([STATE_MONAD, inner?.type ?? UNDEFINED]);
  }

  /** As {@link TypeCache.#typesOfExpression}; those of an expression without variables are kept (TY4). */
  #typesOfWhole(atom: Expression, depth: number): TypeFound[] {
    const isKept = atom.ground && !hasStates(this.source.handle);
    if (isKept) this.#refresh();
    if (!isKept) return this.#typesOfUnsettled(atom, depth);
    const found = this.#known.ofGround.get(atom) ?? this.#keepTypes(atom);
    return found.map(({ type, error }) => ({ type: freshened(type), error }));
  }

  /** As {@link TypeCache.#typesOfExpression}; in a large atom those of each object once. */
  #typesOfUnsettled(atom: Expression, depth: number): TypeFound[] {
    if (depth > DEPTH_LIMIT) return [];
    const outer = this.#walk;
    const walk = outer ?? { visits: 0, found: null };
    this.#walk = walk;
    try {
      const known = walk.found?.get(atom);
      if (known !== undefined) {
        return known.map(({ type, error }) => ({ type: freshened(type), error }));
      }
      walk.visits += atom.children.length;
      if (walk.visits > SMALL_VISITS) {
        countWork(walk.visits);
        walk.visits = 0;
        walk.found ??= new Map();
      }
      const found = this.#typesOfExpression(atom, depth);
      walk.found?.set(atom, found);
      return found;
    } finally {
      this.#walk = outer;
    }
  }

  /** Finds the types of an expression without variables, those of its parts first, however deep it is. */
  #keepTypes(atom: Expression): TypeFound[] {
    const kept = this.#known.ofGround;
    const pending = [atom];
    for (let top = pending.at(-1); top !== undefined; top = pending.at(-1)) {
      const count = pending.length;
      for (const child of top.children) {
        if (child.tag === EXPRESSION && !kept.has(child)) pending.push(child);
      }
      if (pending.length > count) continue;
      pending.pop();
      if (!kept.has(top)) kept.set(top, this.#typesOfExpression(top, 0));
    }
    return kept.get(atom)!;
  }

  /** Those of the tuple, and of each way in which the head applies (TY2). */
  #typesOfExpression(atom: Expression, depth: number): TypeFound[] {
    if (atom.children.length === 0) return [];
    const parts = atom.children.map((child) => this.typesOf(child, depth + 1));
    const heads = parts[0]!;
    const values = heads.filter(({ type }) => !isFunctionType(type));
    const tuples = combinations([values, ...parts.slice(1)]).map((types) => expression(types));
    const found = this.#withSuperTypes([...tuples, ...this.#asserted(atom)]).map(plain);
    const fitsKind = (formal: Atom, argument: Atom): boolean =>
      isMetaType(formal) && fitsMetaType(formal, argument, this.source);
    for (const { type } of heads) {
      if (!isFunctionType(type)) continue;
      found.push(...applicationTypes(atom, this.#asGiven(atom, type), parts.slice(1), fitsKind));
    }
    return found;
  }

  /** The types that `get-type` shows: of a well-typed atom, `%Undefined%` if there are none. */
  shownTypes(atom: Atom): Atom[] {
    const types = this.typesOf(atom);
    if (types.length === 0) return [UNDEFINED];
    return types.filter(({ error }) => error === null).map(({ type }) => resolve(type));
  }

  /** True unless every reading of the atom is a type error. */
  isWellTyped(atom: Atom): Atom | null {
    const types = this.typesOf(atom);
    const errors = types.filter(({ error }) => error !== null);
    return errors.length > 0 ? errors[0]!.error : null;
  }

  /**
   * Whether a call fits a function type where a result of `expected` is wanted: every way in which it
   * does, or, if there is none, every error that says why not.
   */
  checkCall(
    call: Expression,
    type: Expression,
    expected: Atom,
    depth = 0,
  ): readonly (Applicable | Atom)[] {
    const fresh = this.#asGiven(call, freshened(type) as Expression);
    if (fresh.children.length !== call.children.length + 1) {
      return [errorAtom(resolve(call), WRONG_ARGUMENT_COUNT)];
    }
    const check = new CallCheck(this, call, fresh, expected, depth);
    return check.run();
  }

  /** The function type without the optional parameters of a form that the call leaves out. */
  #asGiven(call: Expression, type: Expression): Expression {
    const given = call.children.length - 1;
    const head = dereference(call.children[0]!);
    if (head.tag !== SYMBOL || given >= type.children.length - 2) return type;
    if (given < this.source.registry.leastArguments(head)) return type;
    return expression([...type.children.slice(0, given + 1), type.children.at(-1)!]);
  }

  /** Null if the atom has the type, otherwise the errors that say what it has instead. */
  cast(atom: Atom, expected: Atom): Atom[] | null {
    const types = this.typesOf(atom).filter(({ error }) => error === null);
    if (types.length === 0) return null;
    const mark = this.#trail.mark();
    for (const { type } of types) {
      const fits = matchTypes(expected, type, this.#trail);
      this.#trail.undoTo(mark);
      if (fits) return null;
    }
    return types.map(({ type }) =>
      errorAtom(atom, expression([BAD_TYPE, resolve(expected), resolve(type)])),
    );
  }
}

function freshened(type: Atom): Atom {
  return type.tag === EXPRESSION && !type.ground ? renameFresh(type) : type;
}

function onlyOf(found: readonly TypeFound[]): Atom | null {
  const [first] = found;
  if (first === undefined) return UNDEFINED;
  return found.length === 1 && first.error === null ? first.type : null;
}

function plain(type: Atom): TypeFound {
  return { type, error: null };
}

function split(types: readonly Atom[]): Declared {
  if (types.length === 0) return NOTHING;
  const functionTypes = types.filter(isFunctionType);
  const valueTypes = types.filter((type) => !isFunctionType(type));
  const [first] = types;
  const only = types.length === 1 ? first! : null;
  return {
    functionTypes,
    valueTypes,
    plan: only !== null && isFunctionType(only) ? new TypePlan(only) : null,
    valueType: only === null || isFunctionType(only) ? null : only,
  };
}

/** Every way to take one type of each part; none if a part has none. */
function combinations(parts: readonly (readonly TypeFound[])[]): Atom[][] {
  let found: Atom[][] = [[]];
  for (const part of parts) {
    const usable = part.filter(({ error }) => error === null);
    const [only] = usable;
    if (only === undefined) return [];
    // Not to copy what was found so far: an expression may have any number of parts.
    if (usable.length === 1) for (const types of found) types.push(only.type);
    else found = found.flatMap((types) => usable.map(({ type }) => [...types, type]));
  }
  return found;
}

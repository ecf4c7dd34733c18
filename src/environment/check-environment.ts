/** Checks the invariants of an environment from its words alone. */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import { rowCursor } from "../containers/row-cursor.js";
import { findRow } from "../containers/rows.js";
import { checkRows } from "../containers/rows-check.js";
import { checkTree } from "../containers/tree-check.js";
import { treeCursor } from "../containers/tree-cursor.js";
import { COUNTER_TYPES, COUNTER_WRITER, type Heap, loadCounter } from "../memory/heap.js";
import { ENVIRONMENT, SPACE_RECORD } from "../memory/kinds.js";
import { isFrozen, readKind } from "../memory/segment.js";
import { decode } from "../term/decode.js";
import { VARIABLE_KEY } from "../term/token-key.js";
import { mayHoldVariableRows } from "./argument-index.js";
import { hasSeen, NO_WRITER, readHeadSequence, readHeadWriter } from "./causal-context.js";
import { type Environment, handleOf } from "./environment.js";
import type { Handle } from "./handle.js";
import {
  INDEXES,
  placeCountFor,
  ROW_TOKENS,
  readIndexCount,
  readKeyHigh,
  readKeyLow,
  readLateRows,
  readLiveCount,
  readPlaceCount,
  readRows,
  readVersionSequence,
  readVersionWriter,
  WHOLE,
} from "./relation.js";
import { HEADLESS_KINDS_MASK, kindOfKey, RelationKey, setKeyOf } from "./relation-key.js";
import { isGroundRun, rowKey } from "./row-key.js";
import {
  CONTEXT,
  RELATIONS,
  readAtomCount,
  readHeadlessKinds,
  readNextRow,
  readTypeVersion,
  SPACES,
  STATES,
} from "./space.js";
import { checkStates } from "./state.js";
import type { Store } from "./workspace.js";

/** Stops the engine unless every invariant of the environment and of what it refers to holds. */
export function checkEnvironment(environment: Environment): void {
  const handle = handleOf(environment);
  const { store, root } = handle;
  const { heap, words } = store;
  for (const child of [CONTEXT, SPACES]) {
    if (words[root + child] !== NO_ADDRESS) checkTree(heap, words[root + child]!);
  }
  checkHandle(handle);
  checkHead(store, root);
  checkStates(store, root);
  const events = new Set<string>();
  checkSpace(store, root, root, events);
  if (words[root + SPACES] === NO_ADDRESS) return;
  const spaces = treeCursor(words, words[root + SPACES]!, 0, 0);
  while (spaces.next()) {
    assert(hasSeen(words, root, spaces.high | 0, spaces.low), "CC3: a space's event was seen");
    assert(readKind(words, spaces.value) === SPACE_RECORD, "SP6: a space's record is one");
    for (const child of [CONTEXT, STATES, SPACES]) {
      assert(words[spaces.value + child] === NO_ADDRESS, "SP6: a space has no trees of a root");
    }
    checkSpace(store, root, spaces.value, events);
  }
}

/** HA1, HA2, HA5. */
function checkHandle({ root, holder, store, writer, rare }: Handle): void {
  assert(store.words[holder.slot] === root, "HA1: the ledger has the handle's root");
  assert(holder.handleCount > 0, "HA1: a holder counts its handles");
  assert(writer <= loadCounter(store.heap, COUNTER_WRITER), "HA2: a handle's writer was given out");
  if (rare?.isFrozen)
    assert(isFrozen(store.words, root), "HA5: the root of a frozen handle is frozen");
}

/** SP5, and that the writers that were seen were given out. */
function checkHead({ heap, words }: Store, root: Address): void {
  assert(readKind(words, root) === ENVIRONMENT, "SP6: the root is an environment's");
  const writers = loadCounter(heap, COUNTER_WRITER);
  const [writer, sequence] = [readHeadWriter(words, root), readHeadSequence(words, root)];
  const isNew = writer === NO_WRITER;
  assert(isNew === (sequence === 0), "SP5: a head is an event, or (0, 0)");
  assert(!isNew || readNextRow(words, root) === 0, "SP5: without a head nothing was written");
  assert(writer <= writers, "SP5: the writer of the head was given out");
  if (words[root + CONTEXT] === NO_ADDRESS) return;
  const context = treeCursor(words, words[root + CONTEXT]!, 0, 0);
  while (context.next()) {
    const known = context.high === 0 && context.low > 0 && context.low <= writers;
    assert(known && context.value > 0, "CC1: a context has events of writers that were given out");
    const lags = context.low !== writer || context.value <= sequence;
    assert(lags, "SP5: nothing of the head's writer comes after the head");
  }
}

function checkSpace(store: Store, root: Address, space: Address, events: Set<string>): void {
  const { heap, words } = store;
  const relations = words[space + RELATIONS]!;
  let count = 0;
  if (relations !== NO_ADDRESS) {
    checkTree(heap, relations);
    const ids = new Set<number>();
    const cursor = treeCursor(words, relations, 0, 0);
    while (cursor.next()) {
      const relation = cursor.value;
      assert(readKeyHigh(words, relation) === cursor.high, "RK1: a relation knows its key");
      assert(readKeyLow(words, relation) === cursor.low, "RK1: a relation knows its key");
      const bit = 1 << kindOfKey(cursor.high);
      assert(
        (bit & HEADLESS_KINDS_MASK & ~readHeadlessKinds(words, space)) === 0,
        "SP4: the kinds of headless relations are noted",
      );
      checkRelation(store, root, space, relation, { ids, events });
      count += readLiveCount(words, relation);
    }
  }
  const types = loadCounter(heap, COUNTER_TYPES);
  assert(readTypeVersion(words, space) <= types, "SP3: a type version was given out");
  assert(readAtomCount(words, space) === count, "SP1: the count is the sum of the relations'");
}

/** Rows and events that were met. */
interface Seen {
  /** Of this space. */
  readonly ids: Set<number>;
  readonly events: Set<string>;
}

function checkRelation(
  store: Store,
  root: Address,
  space: Address,
  relation: Address,
  { ids, events }: Seen,
): void {
  const { heap, words, vocabulary } = store;
  const nextRow = readNextRow(words, space);
  const rows = readRows(words, relation);
  if (rows !== NO_ADDRESS) checkRows(heap, rows);
  const key = new RelationKey();
  const cursor = rowCursor(words, rows, 0);
  let count = 0;
  while (cursor.next()) {
    const { id, payload } = cursor;
    count++;
    assert(id < nextRow, "SP2: every id is below the next");
    assert(!ids.has(id), "SP2: an id names one row of the space");
    ids.add(id);
    const { writer, sequence } = cursor;
    assert(hasSeen(words, root, writer, sequence), "CC3: a row's event was seen");
    const isLater =
      writer === readVersionWriter(words, relation) &&
      sequence > readVersionSequence(words, relation);
    assert(!isLater, "RE2: no row comes after the version");
    assert(!events.has(`${writer} ${sequence}`), "RE3: an event's row is there once");
    events.add(`${writer} ${sequence}`);
    setKeyOf(key, decode(vocabulary, words, payload + ROW_TOKENS), vocabulary.symbols);
    assert(
      key.high >>> 0 === readKeyHigh(words, relation) && key.low === readKeyLow(words, relation),
      "RK1: a row is in the relation of its key",
    );
  }
  assert(readLiveCount(words, relation) === count, "RE1: the count is that of the live rows");
  const writer = readVersionWriter(words, relation);
  assert(
    hasSeen(words, root, writer, readVersionSequence(words, relation)),
    "CC3: versions were seen",
  );
  const places = placeCountFor(readKeyHigh(words, relation), readKeyLow(words, relation));
  assert(readPlaceCount(words, relation) === places, "a relation has an index word for each place");
  const indexes = readIndexCount(words, relation);
  for (let number = 0; number < indexes; number++) checkIndex(heap, relation, number);
}

/** RE4 and AI1 to AI3 for the index of a number. */
function checkIndex(heap: Heap, relation: Address, number: number): void {
  const { words } = heap;
  const kind = kindOfKey(readKeyHigh(words, relation));
  const index = words[relation + INDEXES + number]!;
  const live = readRows(words, relation);
  const late = readLateRows(words, relation);
  const expected = new Set<string>();
  const rows = rowCursor(words, live, 0);
  while (rows.next()) {
    const tokens = rows.payload + ROW_TOKENS;
    const key = rowKey(words, kind, tokens, readPlaceCount(words, relation), number);
    const hasVariables = number === WHOLE ? !isGroundRun(words, tokens) : key === VARIABLE_KEY;
    assert(
      !hasVariables || mayHoldVariableRows(words, relation, number),
      "AI3: rows with variables are noted",
    );
    if (rows.id >= late) continue;
    expected.add(`${key >>> 0} ${rows.id}`);
    if (hasVariables) expected.add(`${VARIABLE_KEY} ${rows.id}`);
  }
  if (index === NO_ADDRESS) return;
  checkTree(heap, index);
  const entries = treeCursor(words, index, 0, 0);
  while (entries.next()) {
    if (expected.delete(`${entries.high} ${entries.low}`)) continue;
    assert(findRow(words, live, entries.low) === NO_ADDRESS, "RE4: other entries are of dead rows");
    assert(entries.low < late, "RE4: late rows are in no index");
  }
  assert(expected.size === 0, "RE4: an index has the entries of every live row that is not late");
}

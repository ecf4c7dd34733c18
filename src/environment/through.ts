/**
 * Matching through dependencies: a pattern is looked for in a space and then in the spaces that it
 * depends on; the parts of a conjunction may be found in different ones.
 *
 *   TM1  Matches come in the order of the spaces, in each in insertion order.
 *   TM2  A space without dependencies costs one look-up more than {@link openMatch}.
 */
import type { Atom, SpaceAtom } from "../term/atom.js";
import { dereference } from "../term/resolve.js";
import type { Trail } from "../term/trail.js";
import { conjunctsOf } from "./conjunction.js";
import { dependenciesOf } from "./dependencies.js";
import type { Environment } from "./environment.js";
import type { MatchCursor } from "./match-cursor.js";
import { openMatch } from "./query.js";

/** As {@link openMatch}, in a space and all that it depends on. */
export function openMatchThrough(
  environment: Environment,
  space: SpaceAtom | null,
  pattern: Atom,
  trail: Trail,
): MatchCursor {
  const dependencies = dependenciesOf(environment, space);
  if (dependencies.length === 0) return openMatch(environment, space, pattern, trail);
  const spaces = [space, ...dependencies];
  const parts = conjunctsOf(dereference(pattern));
  return parts === null
    ? new SpacesMatch(environment, spaces, pattern, trail)
    : new JoinedMatch(environment.clone(), spaces, parts, trail);
}

/** The matches of one pattern in several spaces, as they are now. */
class SpacesMatch implements MatchCursor {
  readonly #cursors: MatchCursor[];

  constructor(
    environment: Environment,
    spaces: readonly (SpaceAtom | null)[],
    pattern: Atom,
    trail: Trail,
  ) {
    this.#cursors = spaces.map((space) => openMatch(environment, space, pattern, trail));
  }

  next(): boolean {
    const cursors = this.#cursors;
    while (cursors.length > 0) {
      if (cursors[0]!.next()) return true;
      cursors.shift();
    }
    return false;
  }

  close(): void {
    for (const cursor of this.#cursors) cursor.close();
    this.#cursors.length = 0;
  }
}

/** One part's matches in a {@link JoinedMatch}. */
interface Level {
  readonly matches: SpacesMatch;
  readonly mark: number;
}

/** The matches of several patterns together: of each in turn, under what those before it bound. */
class JoinedMatch implements MatchCursor {
  /** Its own, so that what is written meanwhile is not seen. */
  readonly #environment: Environment;
  readonly #spaces: readonly (SpaceAtom | null)[];
  readonly #parts: readonly Atom[];
  readonly #trail: Trail;
  readonly #levels: Level[] = [];
  #state: "new" | "open" | "closed" = "new";

  constructor(
    environment: Environment,
    spaces: readonly (SpaceAtom | null)[],
    parts: readonly Atom[],
    trail: Trail,
  ) {
    this.#environment = environment;
    this.#spaces = spaces;
    this.#parts = parts;
    this.#trail = trail;
  }

  next(): boolean {
    if (this.#state === "closed") return false;
    if (this.#state === "new") {
      this.#state = "open";
      if (this.#parts.length === 0) return true;
      this.#enter();
    }
    const levels = this.#levels;
    for (let top = levels.at(-1); top !== undefined; top = levels.at(-1)) {
      this.#trail.undoTo(top.mark);
      if (!top.matches.next()) levels.pop();
      else if (levels.length === this.#parts.length) return true;
      else this.#enter();
    }
    this.close();
    return false;
  }

  #enter(): void {
    const part = this.#parts[this.#levels.length]!;
    const matches = new SpacesMatch(this.#environment, this.#spaces, part, this.#trail);
    this.#levels.push({ matches, mark: this.#trail.mark() });
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    for (const { matches } of this.#levels) matches.close();
    this.#levels.length = 0;
    this.#environment.dispose();
  }
}

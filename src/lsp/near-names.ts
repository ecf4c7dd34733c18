/**
 * The known name that is nearest to one that is unknown. What was found is kept for as long as the same names are known,
 * which is from key to key but where a name itself is typed.
 */
import { nearestName } from "../base/nearest-name.js";

type Names = ReadonlySet<string>;

/** Different unknown names that are compared with all others; programs of more are of data. */
const MOST_LOOK_UPS = 30;

export class NearNames {
  readonly #language: Iterable<string>;
  #known: readonly Names[] = [];
  #byLength: Map<number, Set<string>> | null = null;
  readonly #found: Map<string, string | undefined> = new Map();

  /** @param language names that are always known. */
  constructor(language: Iterable<string>) {
    this.#language = language;
  }

  /** Says which names are known, besides those of the language. */
  update(known: readonly Names[]): void {
    const isSame =
      known.length === this.#known.length &&
      known.every((names, index) => holdSame(names, this.#known[index]!));
    this.#known = known;
    if (isSame) return;
    this.#byLength = null;
    this.#found.clear();
  }

  /** The nearest of the known names and of those of the language; undefined if none is near. */
  nearestTo(name: string): string | undefined {
    if (this.#found.has(name)) return this.#found.get(name);
    if (this.#found.size >= MOST_LOOK_UPS) return undefined;
    this.#byLength ??= byLength([...this.#known, new Set(this.#language)]);
    const found = nearestName(name, this.#candidates(name, this.#byLength));
    this.#found.set(name, found);
    return found;
  }

  /** The names that may be near by their length. */
  *#candidates(name: string, names: Map<number, Set<string>>): Generator<string, void, undefined> {
    const most = Math.max(1, Math.floor(name.length / 3));
    for (let length = name.length - most; length <= name.length + most; length++) {
      yield* names.get(length) ?? [];
    }
  }
}

function holdSame(one: Names, other: Names): boolean {
  if (one === other) return true;
  if (one.size !== other.size) return false;
  for (const name of one) if (!other.has(name)) return false;
  return true;
}

function byLength(known: readonly Names[]): Map<number, Set<string>> {
  const found = new Map<number, Set<string>>();
  for (const name of known.flatMap((names) => [...names])) {
    const names = found.get(name.length);
    if (names === undefined) found.set(name.length, new Set([name]));
    else names.add(name);
  }
  return found;
}

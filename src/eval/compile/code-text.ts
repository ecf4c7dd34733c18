/**
 * JavaScript text under construction: the functions of one unit, the constants that they use, and which
 * locals each function takes from where it is called.
 *
 *   CT1  A name of a local is given once in a unit, so a function may use a local of its caller by name:
 *        what it uses without defining it becomes a parameter.
 *
 * Every path through a function ends in a `return` or leaves a labelled block.
 */

/** Names of constants begin with it, names of locals do not. */
const CONSTANT = "k";
/** Return address, saved registers, receiver, function, feedback, and places for arguments of calls. */
const FRAME_WORDS = 16;

export class FunctionText {
  readonly name: string;
  readonly #leading: readonly string[];
  readonly #lines: string[] = [];
  readonly #defined = new Set<string>();
  readonly #outer = new Set<string>();
  readonly #begun = new Set<string>();
  #checksDefinitions = false;
  /** Whether it is called by the loop of its relation, which it may give the next round (recursion-code.ts). */
  readonly isDriven: boolean;
  /** Whether it leads to a call of the relation by itself. */
  repeats = false;

  /** `leading` are the names of parameters that callers give by position. */
  constructor(name: string, leading: readonly string[], isDriven: boolean) {
    this.name = name;
    this.isDriven = isDriven;
    this.#leading = leading;
    for (const parameter of leading) this.#defined.add(parameter);
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  /** Whether some line leaves the labelled block. */
  leaves(label: string): boolean {
    const text = `break ${label};`;
    return this.#lines.some((each) => each.includes(text));
  }

  /** Declares a local; the name, to be written. */
  define(name: string): string {
    this.#defined.add(name);
    return name;
  }

  /** Where a part is begun nothing has split yet: there what waits for it is null (after.ts). */
  begin(part: string): void {
    this.#begun.add(part);
  }

  /** What a local of this function or of its callers is called here, to be read. */
  use(name: string): string {
    if (this.#begun.has(name)) return "null";
    if (!this.#defined.has(name) && !name.startsWith(CONSTANT)) this.#outer.add(name);
    return name;
  }

  /** The locals that callers have to give after the leading parameters, by name (CT1). */
  get outer(): readonly string[] {
    return [...this.#outer];
  }

  /** The name of a truth value: whether what was found out about heads still holds here. */
  checked(): string {
    this.#checksDefinitions = true;
    return "ok";
  }

  /** Stack words for its parameters and locals, and for what every frame has. */
  get frameWords(): number {
    return FRAME_WORDS + this.#defined.size + this.#outer.size;
  }

  /** A statement that tail-calls this function from `caller`. */
  returnCall(caller: FunctionText, leading: readonly string[]): string {
    const given = this.outer.map((name) => caller.use(name));
    return `return ${this.name}(${[...leading, ...given].join(", ")});`;
  }

  get parameters(): readonly string[] {
    return [...this.#leading, ...this.#outer];
  }

  toString(): string {
    const check = this.#checksDefinitions
      ? ["const ok = stamp === m.handle.definitions || relink(m);"]
      : [];
    return `function ${this.name}(${this.parameters.join(", ")}) {\n${[...check, ...this.#lines].join("\n")}\n}`;
  }
}

/** The name by which others than the loop of its relation get at a function that is driven (SR1). */
export function doorName(fn: FunctionText): string {
  return `${fn.name}In`;
}

/** What one relation's code consists of. */
export class UnitText {
  readonly #functions: FunctionText[] = [];
  readonly constants: unknown[] = [];
  /** Functions that others get at than the loop of the relation. */
  readonly doors: Set<FunctionText> = new Set();
  readonly #parts = new Set<string>();
  #repetitions = 0;
  readonly #constantNames = new Map<unknown, string>();
  #names = 0;

  function(prefix: string, leading: readonly string[], isDriven = false): FunctionText {
    return this.functionNamed(this.name(prefix), leading, isDriven);
  }

  functionNamed(name: string, leading: readonly string[], isDriven = false): FunctionText {
    const made = new FunctionText(name, leading, isDriven);
    this.#functions.push(made);
    return made;
  }

  /** The name by which a function is called that is not called by the loop of its relation. */
  door(fn: FunctionText): string {
    if (!fn.isDriven) return fn.name;
    this.doors.add(fn);
    return doorName(fn);
  }

  /** A call of the relation by itself is being written. */
  noteRepetition(): void {
    this.#repetitions++;
  }

  /** Writes the rest of a function, and finds out whether that calls the relation again. */
  writeRest(rest: FunctionText, write: () => void): void {
    const before = this.#repetitions;
    write();
    rest.repeats = this.#repetitions > before;
  }

  /** A name that nothing else in the unit has. */
  name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  /** The name of what waits for a part that `fn` begins, in the functions that its evaluation goes on in. */
  part(fn: FunctionText): string {
    const name = this.name("p");
    this.#parts.add(name);
    fn.begin(name);
    return name;
  }

  /** The locals that `rest` takes, as they are saved in `fn`: from here on the parts around it may split. */
  saved(fn: FunctionText, rest: FunctionText): string[] {
    return rest.outer.map((name) =>
      this.#parts.has(name) ? `waited(m, ${fn.use(name)})` : fn.use(name),
    );
  }

  /** The name of a value that the code uses. */
  constant(value: unknown): string {
    let name = this.#constantNames.get(value);
    if (name === undefined) {
      name = `${CONSTANT}${this.constants.length}`;
      this.constants.push(value);
      this.#constantNames.set(value, name);
    }
    return name;
  }

  /** At least the words of the JavaScript stack that its functions take, if each calls the next. */
  get frameWords(): number {
    return this.#functions.reduce((sum, each) => sum + each.frameWords, 0);
  }

  toString(): string {
    const names = this.constants.map((_, index) => `${CONSTANT}${index}`);
    const constants = names.length === 0 ? "" : `const [${names.join(", ")}] = constants;\n`;
    return constants + this.#functions.map(String).join("\n");
  }
}

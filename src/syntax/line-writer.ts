/** Lines as they are written, with the column that has been reached. */

export class LineWriter {
  readonly #lineEnd: string;
  readonly #parts: string[] = [];
  #column = 0;

  constructor(lineEnd: string) {
    this.#lineEnd = lineEnd;
  }

  /** UTF-16 code units in the line so far. */
  get column(): number {
    return this.#column;
  }

  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  /** Text that may itself have line ends. */
  write(text: string): void {
    this.#parts.push(text);
    const end = text.lastIndexOf("\n");
    this.#column = end < 0 ? this.#column + text.length : text.length - end - 1;
  }

  space(count: number): void {
    if (count === 0) return;
    this.#parts.push(" ".repeat(count));
    this.#column += count;
  }

  /** Begins a line, behind an empty one if so wanted. */
  newLine(indent: number, isApart = false): void {
    this.#parts.push(isApart ? this.#lineEnd + this.#lineEnd : this.#lineEnd);
    this.#column = 0;
    this.space(indent);
  }

  /** All that was written, with a line end behind it unless it is empty. */
  end(): string {
    if (this.isEmpty) return "";
    this.#parts.push(this.#lineEnd);
    return this.#parts.join("");
  }
}

/** What is told of a name, as elements: paragraphs, and code between fences. */
export function describe(text: string): HTMLElement {
  const whole = document.createElement("div");
  whole.className = "description";
  for (const [index, part] of text.split(/^```(?:metta)?\n?/m).entries()) {
    const isCode = index % 2 === 1;
    for (const piece of isCode ? [part] : part.split(/\n{2,}/)) {
      if (piece.trim() === "") continue;
      const element = document.createElement(isCode ? "pre" : "p");
      element.textContent = piece.trim().replaceAll(/`([^`]*)`/g, "$1");
      whole.append(element);
    }
  }
  return whole;
}

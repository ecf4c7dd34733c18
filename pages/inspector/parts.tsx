/** Small parts of the page. */
import type { ComponentChildren } from "preact";

export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** A share of a whole, as a bar behind a number. */
export function Share({ share, text }: { readonly share: number; readonly text: string }) {
  return (
    <span class="share">
      <span class="bar" style={{ width: `${Math.max(0, Math.min(1, share)) * 100}%` }} />
      <span class="number">{text}</span>
    </span>
  );
}

export function Legend({
  items,
}: {
  readonly items: readonly {
    readonly name: string;
    readonly color: string;
    readonly note?: string;
  }[];
}) {
  return (
    <ul class="legend">
      {items.map(({ name, color, note }) => (
        <li key={name}>
          <span class="swatch" style={{ background: `var(${color})` }} />
          {name}
          {note !== undefined && <span class="muted"> {note}</span>}
        </li>
      ))}
    </ul>
  );
}

/** The colours of the page's own variables, for canvases. */
export function colorsOf(element: Element): (name: string) => string {
  const style = getComputedStyle(element);
  const known = new Map<string, string>();
  return (name) => {
    let color = known.get(name);
    if (color === undefined) {
      color = style.getPropertyValue(name).trim();
      known.set(name, color);
    }
    return color;
  };
}

/** A canvas of a size, sharp on every screen; its context, cleared. */
export function prepare(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D {
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

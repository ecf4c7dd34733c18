/** The documents that are pages, as paths in the project. */
export function documents(): string[];
/** A document of the project. */
export function textOf(path: string): string;
/** The place of a heading, as the repository's own pages have it. */
export function slugify(heading: string): string;
/** Links of a document to others as the site has them, and the images it shows. Throws where one leads nowhere. */
export function settleLinks(
  text: string,
  path: string,
): { readonly text: string; readonly images: readonly string[] };

/** Follows the links of built pages; throws with every one that leads nowhere. */
export function checkLinks(
  folder: string,
  base: string,
): { readonly pages: number; readonly links: number };

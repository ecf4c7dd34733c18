// Where the site is made.
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The pages as Markdown, all links settled, made anew by each build. */
export const STAGE = `${ROOT}dist/site-pages/`;

/** What a server serves. */
export const OUT = `${ROOT}dist/site/`;

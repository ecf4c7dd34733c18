/**
 * The rounds of a collector where they are there from the beginning: everywhere but in a page, which loads them when it needs
 * them; its build puts null here (`.ci/for-browser.mjs`).
 */
import { CollectorRounds } from "./collector-rounds.js";

export const ROUNDS_AT_HAND: typeof CollectorRounds | null = CollectorRounds;

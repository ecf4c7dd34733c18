export function createSite(heap: unknown): unknown;

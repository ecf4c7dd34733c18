/** The program of a thread as text; the build puts `workers/browser-thread.ts` here, with all that it imports. */
export const source = "";

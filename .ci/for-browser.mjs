// A plugin of rolldown and Vite: the engine as it is compiled in dist/src, with the browser's platform in the place of Node's.
import { resolve } from "node:path";

const PLATFORM = resolve("dist/src/platform");
const THREAD_GROUP = resolve("dist/browser/thread-group.js");
/** What a page loads when it needs it. */
const AT_HAND = resolve("dist/src/environment/rounds-at-hand.js");

/** The browser's platform in the place of the current one, and `text`, if it is given, as the program of threads. */
export function forBrowser(text) {
  return {
    name: "for-browser",
    resolveId: {
      order: "pre",
      async handler(source, importer) {
        if (!source.endsWith("/current.js") || importer === undefined) return null;
        const { id } = await this.resolve(source, importer, { skipSelf: true });
        return id === `${PLATFORM}/current.js` ? `${PLATFORM}/browser/current.js` : null;
      },
    },
    load(id) {
      if (id === AT_HAND) return "export const ROUNDS_AT_HAND = null;";
      if (text === undefined || id !== `${PLATFORM}/browser/thread-source.js`) return null;
      return `export const source = ${JSON.stringify(text)};`;
    },
  };
}

/** As {@link forBrowser}, with the file that starts threads as it was built for `oxbow/browser`. */
export function asBuilt() {
  return [
    {
      name: "as-built",
      resolveId: {
        order: "pre",
        handler: (source) => (source.endsWith("/thread-group.js") ? THREAD_GROUP : null),
      },
    },
    forBrowser(),
  ];
}

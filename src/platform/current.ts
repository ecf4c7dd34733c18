/** The platform of this build: Node.js. The build of `oxbow/browser` puts `browser/platform.ts` here. */
export { nodePlatform as platform } from "./node/platform.js";

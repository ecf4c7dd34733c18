/** The platform of the build of `oxbow/browser`; it puts this in the place of `../current.ts`. */
export { browserPlatform as platform } from "./platform.js";

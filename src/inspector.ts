/** The names of `oxbow/inspector`: looking at programs, pools and stores while they work. */
export { Inspector, type InspectorOptions } from "./inspector/inspector.js";
export type { ProfileReport, ProfileRow } from "./inspector/protocol.js";

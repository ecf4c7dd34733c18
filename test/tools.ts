/** Programs that tests need and that do not come with npm: see `.ci/tools.mjs`. */
import { hasTool as isThere, TOOLS } from "../.ci/tools.mjs";

type Tool = keyof typeof TOOLS;

/** Where a tool is. */
export function pathOf(tool: Tool): string {
  return TOOLS[tool].path;
}

/** Whether a tool is there; its tests are left out if not. Throws where it is required. */
export function hasTool(tool: Tool): boolean {
  return isThere(tool);
}

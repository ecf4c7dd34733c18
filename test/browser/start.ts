import { Chromium } from "../../bench/chromium.js";
import { pathOf } from "../tools.js";

/** Pages of a folder, with the built package beside them. */
export async function startChromium(pages: URL): Promise<Chromium> {
  const built = new URL("../../dist/browser/", import.meta.url);
  return await Chromium.start(pathOf("chromium"), [pages, built]);
}

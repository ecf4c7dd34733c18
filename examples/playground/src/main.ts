/** The page: what is shown, kept and shared is one program, and everything else follows from it. */
import { isLink } from "./link.js";
import { Playground } from "./playground.js";

const playground = new Playground();
await playground.open(location.hash);
window.addEventListener("hashchange", () => {
  if (isLink(location.hash)) void playground.open(location.hash);
});

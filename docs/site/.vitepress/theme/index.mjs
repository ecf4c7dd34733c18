// The default theme with the colours of water.
import DefaultTheme, { VPHomeFeatures, VPHomeHero } from "vitepress/theme";
import { LiveProgram } from "./live-program.mjs";
import "./style.css";

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    // The first page has these in its landmark.
    app.component("VPHomeHero", VPHomeHero);
    app.component("VPHomeFeatures", VPHomeFeatures);
    app.component("LiveProgram", LiveProgram);
  },
};

// Programs that some tests need and that do not come with npm. Where one is missing `npm test` leaves its tests out and says
// so at its end; what OXBOW_REQUIRE names (a list with commas) must be there.
import { existsSync } from "node:fs";

/** Each with where Debian puts it, and what to install. */
export const TOOLS = {
  chromium: {
    path: "/usr/bin/chromium",
    install: "apt-get install chromium",
    runs: "test/browser, test/inspector",
  },
  firefox: {
    path: "/usr/bin/firefox-esr",
    install: "apt-get install firefox-esr",
    runs: "test/stress",
  },
  neovim: {
    path: "/usr/bin/nvim",
    install: "apt-get install neovim",
    runs: "test/lsp",
  },
  redis: {
    path: "/usr/bin/redis-server",
    install: "apt-get install redis-server",
    runs: "test/cluster",
  },
};

/** Whether a tool is there. Throws if it is required and is not. */
export function hasTool(name) {
  const { path, install } = TOOLS[name];
  if (existsSync(path)) return true;
  if ((process.env.OXBOW_REQUIRE ?? "").split(",").includes(name)) {
    throw new Error(`cannot test: ${path} is required and not there (${install})`);
  }
  return false;
}

export function setup() {
  for (const name of Object.keys(TOOLS)) hasTool(name);
}

export function teardown() {
  for (const [name, { install, runs }] of Object.entries(TOOLS)) {
    if (!hasTool(name))
      console.warn(`LEFT OUT: the tests of ${runs} that need ${name} (${install})`);
  }
}

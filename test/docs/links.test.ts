import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkLinks } from "../../docs/site/check-links.mjs";
import { documents, settleLinks, slugify, textOf } from "../../docs/site/pages.mjs";

describe("links between documents", () => {
  it.each(documents())("lead to a file that is there, and to a heading of it: %s", (path) => {
    expect(settleLinks(textOf(path), path).text.length).toBeGreaterThan(0);
  });

  it("become addresses of pages, or of the repository for what is no page", () => {
    const settled = (text: string): string => settleLinks(text, "docs/api.md").text;
    expect(settled("[a](browser.md#threads)")).toBe("[a](/guides/browser#threads)");
    expect(settled("[a](../README.md)")).toBe("[a](/)");
    expect(settled("[a](../LICENSE)")).toMatch(/^\[a\]\(https:.*\/blob\/main\/LICENSE\)$/);
    expect(settled("```\n[a](nowhere.md)\n```\n")).toBe("```\n[a](nowhere.md)\n```\n");
  });

  it.each(["nowhere.md", "browser.md#nowhere", "#nowhere", "../src/nowhere.ts"])(
    "are refused where they lead nowhere: %s",
    (target) => {
      expect(() => settleLinks(`[a](${target})`, "docs/api.md")).toThrow(`links to ${target}`);
    },
  );

  it("find headings as the repository's pages name them", () => {
    expect(slugify("`oxbow/regions`, and what it's for")).toBe("oxbowregions-and-what-its-for");
  });
});

describe("links of built pages", () => {
  let folder: string;
  beforeEach(() => {
    folder = `${mkdtempSync(join(tmpdir(), "oxbow-site-"))}/`;
    mkdirSync(join(folder, "guides"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function check(link: string, base = "/"): ReturnType<typeof checkLinks> {
    writeFileSync(join(folder, "index.html"), `<h1 id="top">A</h1><a href="${link}">B</a>`);
    writeFileSync(
      join(folder, "guides/one.html"),
      '<h1 id="one">A</h1><a href="/x/?">B</a>'.replace("/x/?", base),
    );
    return checkLinks(folder, base);
  }

  it.each([
    "/guides/one",
    "/guides/one.html#one",
    "guides/one#one",
    "#top",
    "https://elsewhere.invalid/",
  ])("are followed as a static server does: %s", (link) => {
    expect(check(link).pages).toBe(2);
  });

  it("stay below the path that the site is served at", () => {
    expect(check("/oxbow/guides/one", "/oxbow/").links).toBe(2);
    expect(() => check("/guides/one", "/oxbow/")).toThrow("/guides/one (not below /oxbow/)");
  });

  it.each([
    ["/guides/two", "no such page"],
    ["/guides/", "no such page"],
    ["/guides/one#two", "no such place"],
    ["#bottom", "no such place"],
  ])("fail the build where they lead nowhere: %s", (link, reason) => {
    expect(() => check(link)).toThrow(`index.html: ${link} (${reason})`);
  });
});

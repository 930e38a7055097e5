/** @file For everybody: screen readers, keyboards, dark rooms, phones, slow lines. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import type { AxeResults } from "axe-core";
import { describe, expect, test } from "vitest";
import { useChromium } from "./support/open.ts";
import type { Playground } from "./support/playground.ts";
import type { Record } from "./support/record.ts";
import { until } from "./support/until.ts";

const open = useChromium();

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

declare const record: Record;
declare const axe: { run(context: Document, options: object): Promise<AxeResults> };

/** What axe finds serious or critical, as texts. */
async function troubles({ page }: Playground): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}

describe.each(["light", "dark"] as const)("%s", (colorScheme) => {
  test.each([1280, 360])("axe finds nothing serious, %i pixels wide", async (width) => {
    const { playground } = await open({ context: { colorScheme, viewport: { width, height: 800 } } });
    await playground.takeSteps(2);
    for (const task of ["moons", "digits", "names", "guide"] as const) {
      await playground.chooseTask(task);
      if (task === "digits") await playground.button("Example of a 3").click();
      if (task === "moons") await playground.page.locator("details.program summary").click();
      expect(await troubles(playground), `${task}, ${colorScheme}`).toEqual([]);
    }
    // Faults are read out, too.
    await playground.page
      .getByLabel("Load a file")
      .setInputFiles({ name: "weights.txt", mimeType: "", buffer: Buffer.from("x") });
    await playground.untilAlert(/safetensors/);
    expect(await troubles(playground)).toEqual([]);
  });
});

test("colours differ between light and dark", async () => {
  const colours = [];
  for (const colorScheme of ["light", "dark"] as const) {
    const { playground } = await open({ context: { colorScheme } });
    colours.push(
      await playground.page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor),
    );
  }
  expect(colours[0]).not.toBe(colours[1]);
});

test.each([320, 360, 412])(
  "nothing is wider than a phone of %i pixels, and each control can be hit",
  async (width) => {
    const { playground } = await open({ context: { viewport: { width, height: 740 }, hasTouch: true } });
    for (const task of ["moons", "digits", "names", "guide"] as const) {
      await playground.chooseTask(task);
      const { scrollWidth, clientWidth } = await playground.page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return { scrollWidth, clientWidth };
      });
      expect(scrollWidth, task).toBeLessThanOrEqual(clientWidth);
      const small = await playground.page.locator("button, select, input, summary").evaluateAll((all) =>
        all
          .map((element) => ({ element, box: element.getBoundingClientRect() }))
          .filter(({ element, box }) => element.checkVisibility() && box.width > 2 && box.height < 20)
          .map(({ element }) => element.outerHTML.slice(0, 120)),
      );
      expect(small, task).toEqual([]);
    }
  },
);

test("all can be done by keyboard: focus goes through every control, is seen, and is nowhere caught", async () => {
  const { playground } = await open();
  const { page } = playground;
  const seen = new Set<string>();
  const count = await page.evaluate(() => document.querySelectorAll("*").length);
  for (let i = 0; i < count; i++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return "";
      const around = [element, element.nextElementSibling, element.closest("label")];
      const isSeen = around.some((each) => {
        if (!each) return false;
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
        return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
      });
      const place = [...document.querySelectorAll("*")].indexOf(element);
      const name = element.getAttribute("aria-label") ?? element.textContent?.slice(0, 40) ?? "";
      return `${isSeen ? "" : "unseen: "}${place} ${element.tagName} ${name}`;
    });
    if (focused === "" || seen.has(focused)) break;
    seen.add(focused);
  }
  const names = [...seen].join("\n");
  for (const name of ["Play", "One step", "Reset", "Race", "Download", "deterministic"])
    expect(names).toContain(name);
  expect([...seen].filter((name) => name.startsWith("unseen"))).toEqual([]);

  await playground.button("Play").focus();
  await page.keyboard.press("Enter");
  await playground.untilStep(3);
  await page.keyboard.press("Space");
  await playground.untilStatus(/^Paus/);
});

test("nothing moves that nobody has moved: the page keeps its places from the first picture to training", async () => {
  for (const width of [1280, 360]) {
    const { playground } = await open({ context: { viewport: { width, height: 800 } } });
    await playground.playTo(20);
    const shifts = await playground.page.evaluate(() => record.shifts);
    const sum = shifts.reduce((total, value) => total + value, 0);
    expect(sum, `${width} pixels wide: ${shifts.join(" ")}`).toBeLessThan(0.05);
  }
});

/** Of these scripts those that come with `begin` at once: what they import, but not what they load later. */
function comingWith(begin: readonly string[], scripts: ReadonlyMap<string, string>): Set<string> {
  const found = new Set<string>();
  const visit = (name: string) => {
    if (found.has(name)) return;
    found.add(name);
    const imports = scripts.get(name)!.matchAll(/(?:\bfrom|\bimport)\s*["'](\.[^"']+)["']/g);
    for (const [, path] of imports) visit(new URL(path!, `http://localhost${name}`).pathname);
  };
  for (const name of begin) visit(name);
  return found;
}

test("few bytes before a backend, and a first picture soon", async () => {
  const { playground, site } = await open();
  const scripts = [...site.scripts.keys()];
  const begin = scripts.filter((name) => /\/(index|main)-/.test(name));
  // The page and its worker.
  expect(begin.length).toBe(2);
  const kilobytes = (names: Iterable<string>) =>
    [...names].reduce((sum, name) => sum + gzipSync(site.scripts.get(name)!).length, 0) / 1000;
  const first = await playground.page.evaluate(() =>
    Math.round(performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? -1),
  );
  const before = kilobytes(comingWith(begin, site.scripts));
  console.log(
    `JavaScript, gzipped: ${before.toFixed(0)} kB before a backend, ${kilobytes(scripts).toFixed(0)} kB until the first model; ` +
      `first picture after ${first} ms`,
  );
  expect(before).toBeLessThan(400);
  expect(first).toBeGreaterThan(0);
  expect(site.missing).toEqual([]);
});

test("the page asks no other server for anything", async () => {
  const { playground } = await open({ ready: false });
  const asked: string[] = [];
  playground.page.on("request", (request) => asked.push(request.url()));
  await playground.untilStatus(/^Paused/);
  for (const task of ["digits", "names"] as const) await playground.chooseTask(task);
  expect(asked.filter((address) => !/^(http:\/\/localhost:|data:|blob:)/.test(address))).toEqual([]);
});

test("a new person can read what a view is, and why it is here", async () => {
  const { playground } = await open();
  const text = await playground.page.locator("body").innerText();
  expect(text).toMatch(/view/i);
  expect(text).toMatch(/same weights/i);
  await until("a heading", () => playground.page.locator("h1").innerText());
});

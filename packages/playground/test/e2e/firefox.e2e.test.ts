/** @file The page in Firefox. */
import { type Browser, launch, type Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { findFirefox } from "../../../../test-env/firefox.ts";
import type { LossPoint } from "../../src/protocol/events.ts";
import { type Record, record as recorder } from "./support/record.ts";
import { Site, type SiteOptions } from "./support/site.ts";
import { until } from "./support/until.ts";

declare const record: Record;

const firefox = findFirefox();

describe.skipIf(!firefox)("in Firefox", () => {
  let browser: Browser;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    browser = await launch({ browser: "firefox", executablePath: firefox!, headless: true });
  });
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
    await browser.close();
  });

  async function open(options: SiteOptions = {}): Promise<Page> {
    const site = new Site(inject("page"), options);
    const address = await site.open();
    const context = await browser.createBrowserContext();
    ends.push(
      () => site.close(),
      () => context.close(),
    );
    const page = await context.newPage();
    await page.setViewport({ width: 1280, height: 900 });
    await page.evaluateOnNewDocument(recorder);
    await page.goto(`${address}#task=moons&backend=wasm`);
    await untilStatus(page, /^Paused/);
    return page;
  }

  const textOf = (page: Page, selector: string) =>
    page.$eval(selector, (element) => element.textContent ?? "");
  const untilStatus = (page: Page, pattern: RegExp) =>
    until(String(pattern), async () => pattern.test(await textOf(page, "p.status")));
  const stepOf = async (page: Page) =>
    Number((await textOf(page, "output[aria-label=Step]")).replaceAll(",", ""));

  async function press(page: Page, name: string): Promise<void> {
    const button = await page.waitForSelector(`::-p-xpath(//button[normalize-space()="${name}"])`);
    await button!.click();
  }

  async function takeSteps(page: Page, count: number): Promise<LossPoint[]> {
    const from = await stepOf(page);
    for (let i = 1; i <= count; i++) {
      await press(page, "One step");
      await until(`step ${from + i}`, async () => (await stepOf(page)) >= from + i);
    }
    const points = await page.evaluate(() =>
      record.events.flatMap((event) => (event.type === "progress" ? event.points : [])),
    );
    return points.slice(-count);
  }

  /** A number that changes when what a canvas shows does, and how many pixels are not empty. */
  const drawn = (page: Page, selector: string) =>
    page.$eval(selector, (element) => {
      const { width, height } = element as HTMLCanvasElement;
      const { data } = (element as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
      let [hash, count] = [0, 0];
      for (let i = 0; i < data.length; i++) {
        hash = (Math.imul(hash, 31) + data[i]!) | 0;
        if (i % 4 === 3 && data[i]! > 0) count++;
      }
      return { hash, count };
    });

  test("it trains, the curve grows, the boundary changes, a mode switches", async () => {
    const page = await open();
    const before = { curve: await drawn(page, ".plot-box canvas"), plane: await drawn(page, "canvas.plane") };
    await press(page, "Play");
    await until("step 30", async () => (await stepOf(page)) >= 30);
    await press(page, "Pause");
    await untilStatus(page, /^Paused/);
    const after = { curve: await drawn(page, ".plot-box canvas"), plane: await drawn(page, "canvas.plane") };
    expect(after.curve.count).toBeGreaterThan(before.curve.count);
    expect(after.plane.hash).not.toBe(before.plane.hash);

    const mode = 'button.mode[aria-label^="deterministic: "][aria-label$="in the eval view"]';
    expect(await page.$eval(mode, (button) => button.ariaPressed)).toBe("true");
    await (await page.$(mode))!.click();
    await until("the mode", async () => (await page.$eval(mode, (button) => button.ariaPressed)) === "false");
    expect(await textOf(page, ".faults")).toBe("");
    expect(await page.$$eval("svg.lines path", (paths) => paths.length)).toBeGreaterThan(3);
  });

  test("a run that is kept goes on with equal losses; threads need isolation", async () => {
    const page = await open();
    await takeSteps(page, 2);
    await press(page, "Keep in this browser");
    await until("kept", async () => (await textOf(page, ".said")).includes("Kept"));
    const expected = await takeSteps(page, 2);
    await press(page, "Go on with what is kept");
    await until("the step", async () => (await stepOf(page)) === 2);
    expect(await takeSteps(page, 2)).toEqual(expected);

    const alone = await open({ isolated: false });
    expect(await textOf(alone, ".availability")).toMatch(/threads are off/i);
    const [first] = await takeSteps(alone, 1);
    expect(first!.train).toBeGreaterThan(0);
  });
});

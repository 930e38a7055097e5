/** @file Opens the built page in Chromium, with the server that a test wants. */
import { type Browser, type BrowserContextOptions, chromium } from "playwright";
import { afterAll, afterEach, beforeAll, inject } from "vitest";
import { CHROMIUM_ARGS, findChromium } from "../../../../../test-env/chromium.ts";
import { Playground } from "./playground.ts";
import { record } from "./record.ts";
import { Site, type SiteOptions } from "./site.ts";

/** How the page is opened. */
export interface OpenOptions extends SiteOptions {
  /** The address's part after `#`: `task=moons&backend=wasm`. */
  readonly hash?: string;
  readonly context?: BrowserContextOptions;
  /** Whether the model is waited for, paused at its first step; it is unless told otherwise. */
  readonly ready?: boolean;
  /** Runs in the page, before its own scripts. */
  readonly before?: () => void;
}

/** Pages are painted by plain code, not by a GPU that software imitates: quicker, and like what people have. */
const ARGS = [...CHROMIUM_ARGS, "--disable-gpu-rasterization", "--disable-accelerated-2d-canvas"];

/** Starts one Chromium for the tests of a file; what they opened is closed after each. */
export function useChromium(args: readonly string[] = []) {
  let browser: Browser;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findChromium()!, args: [...ARGS, ...args] });
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });
  afterAll(() => browser.close());

  /** The page, and its server. */
  return async function open(options: OpenOptions = {}): Promise<{ playground: Playground; site: Site }> {
    const { hash = "task=moons&backend=wasm", context: contextOptions = {}, ready = true, before } = options;
    const site = new Site(inject("page"), options);
    const address = await site.open();
    ends.push(() => site.close());
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...contextOptions });
    ends.push(() => context.close());
    const page = await context.newPage();
    await page.addInitScript(record);
    if (before) await page.addInitScript(before);
    const playground = new Playground(page);
    await page.goto(`${address}#${hash}`);
    if (ready) await playground.untilStatus(/^Paused/);
    return { playground, site };
  };
}

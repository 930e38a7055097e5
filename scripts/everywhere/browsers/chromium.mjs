/** @file Chromium, driven by playwright. */
import { join } from "node:path";
import { chromium } from "playwright";
import { runnerImport } from "vite";
import { root } from "../../lib/run.mjs";
import { Unavailable } from "../unavailable.mjs";

/** Starts it; `open` opens an address in a new profile and answers how to close it. */
export async function launch() {
  const { module } = await runnerImport(join(root, "test-env", "chromium.ts"));
  const executablePath = module.findChromium();
  if (!executablePath) throw new Unavailable("no Chromium (Debian: apt-get install chromium)");
  const browser = await chromium.launch({ executablePath, args: module.CHROMIUM_ARGS });
  return {
    version: browser.version().split(".")[0],
    async open(address) {
      const context = await browser.newContext();
      const page = await context.newPage();
      // A development server may keep a page loading; the report is waited for.
      await page.goto(address, { waitUntil: "commit", timeout: 0 });
      return () => context.close();
    },
    close: () => browser.close(),
  };
}

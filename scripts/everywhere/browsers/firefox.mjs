/** @file Firefox as it is installed, driven over WebDriver BiDi: playwright wants one of its own. */
import { executable } from "../executable.mjs";
import { load, tool } from "../tools.mjs";

/** Starts it; `open` opens an address in a new profile and answers how to close it. */
export async function launch() {
  const executablePath = process.env.FIREFOX_PATH ?? executable(["firefox", "firefox-esr"], "firefox-esr");
  const { launch: start } = await load(await tool("puppeteer-core@24"), "puppeteer-core");
  const browser = await start({ browser: "firefox", executablePath, headless: true });
  const version = await browser.version();
  return {
    version: /(\d+)\./.exec(version)?.[1] ?? version,
    async open(address) {
      const context = await browser.createBrowserContext();
      const page = await context.newPage();
      await page.goto(address);
      return () => context.close();
    },
    close: () => browser.close(),
  };
}

/** @file Vite's production build in the Firefox of the PATH or of FIREFOX_PATH (Debian: apt-get install firefox-esr). */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "vite";
import { expectReport } from "../expect.mjs";

export async function run({ folder, npm, pagesOf }) {
  // It drives a Firefox as it is installed, where playwright wants one of its own.
  await npm("install", "--no-save", "puppeteer-core@24");
  const driver = createRequire(join(folder, "package.json")).resolve("puppeteer-core");
  const { launch } = await import(pathToFileURL(driver));
  await build({
    root: folder,
    configFile: false,
    logLevel: "error",
    build: {
      rolldownOptions: { input: { main: join(folder, "page.mjs") }, output: { entryFileNames: "main.js" } },
    },
  });
  const firefox = await launch({ browser: "firefox", executablePath: findFirefox(), headless: true });
  try {
    const pages = pagesOf(likePlaywright(firefox));
    expectReport(await pages.report(join(folder, "dist")), { minified: true, workers: true });
    const strict = await pages.report(join(folder, "dist"), {
      policy: "script-src 'self' 'wasm-unsafe-eval'",
    });
    // Firefox tells of what the policy forbids as of an error of the page.
    const errors = strict.errors.filter((error) => !/Content-Security-Policy: .*blob:/.test(error));
    expectReport({ ...strict, errors }, { minified: true, workers: false });
  } finally {
    await firefox.close();
  }
}

function findFirefox() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = ["firefox", "firefox-esr"].flatMap((name) => folders.map((path) => join(path, name)));
  const found = process.env.FIREFOX_PATH ?? candidates.find((path) => existsSync(path));
  if (found) return found;
  throw new Error("no Firefox on the PATH or in FIREFOX_PATH (Debian: apt-get install firefox-esr)");
}

/** The few methods of playwright's browsers by which pages are opened. */
function likePlaywright(browser) {
  return {
    async newContext() {
      const context = await browser.createBrowserContext();
      return {
        async newPage() {
          const page = await context.newPage();
          return Object.assign(page, { addInitScript: (script) => page.evaluateOnNewDocument(script) });
        },
        close: () => context.close(),
      };
    },
  };
}

/** @file Vite's production build in Firefox, which `npx playwright install firefox` brings. */
import { join } from "node:path";
import { firefox } from "playwright";
import { build } from "vite";
import { expectReport } from "../expect.mjs";

export async function run({ folder, pagesOf }) {
  await build({
    root: folder,
    configFile: false,
    logLevel: "error",
    build: {
      rolldownOptions: { input: { main: join(folder, "page.mjs") }, output: { entryFileNames: "main.js" } },
    },
  });
  const browser = await firefox.launch();
  try {
    const pages = pagesOf(browser);
    expectReport(await pages.report(join(folder, "dist")), { minified: true, workers: true });
    const strict = await pages.report(join(folder, "dist"), {
      policy: "script-src 'self' 'wasm-unsafe-eval'",
    });
    expectReport(strict, { minified: true, workers: false });
  } finally {
    await browser.close();
  }
}

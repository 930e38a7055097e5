/** @file Opens a built project in a browser, and waits for what its page reports. */
import { setTimeout } from "node:timers/promises";
import { Site } from "./site.mjs";

/** Longest time that a page may take, in milliseconds. */
const LIMIT = 60_000;

/**
 * Pages in `browser`, one of playwright's.
 *
 * @param wasm the folder of TensorFlow.js's `.wasm` files, served as `/wasm/`
 */
export class Pages {
  constructor(browser, wasm) {
    this.browser = browser;
    this.wasm = wasm;
  }

  /**
   * The report of the page in `folder`: its `index.html`, or one that loads `main.js`.
   *
   * @param {{ isolated?: boolean, policy?: string, program?: object }} options whether it is cross-origin isolated,
   *   its Content-Security-Policy, and what the program gets
   */
  async report(folder, { isolated = true, policy, program = {} } = {}) {
    const site = new Site({ folder, wasm: this.wasm, isolated, policy });
    const address = await site.open();
    const context = await this.browser.newContext();
    try {
      const page = await context.newPage();
      const errors = [];
      page.on("pageerror", (error) => errors.push(String(error)));
      await page.addInitScript(countWorkers);
      const query = encodeURIComponent(JSON.stringify(program));
      await page.goto(`${address}/?program=${query}`);
      // Not waitForFunction, which a policy without unsafe-eval forbids.
      for (let waited = 0; ; waited += 50) {
        const report = await page.evaluate(() => globalThis.report && { ...globalThis.report, workers: globalThis.workers }); // prettier-ignore
        if (report?.failed) throw new Error(report.failed);
        if (report) return { ...report, errors };
        if (waited > LIMIT)
          throw new Error(`no report after ${LIMIT} ms; errors: ${errors.join("; ") || "none"}`);
        await setTimeout(50);
      }
    } finally {
      await context.close();
      site.close();
    }
  }
}

/** Runs in the page, before its own scripts. */
function countWorkers() {
  globalThis.workers = 0;
  globalThis.Worker = class extends Worker {
    constructor(...args) {
      super(...args);
      globalThis.workers++;
      this.addEventListener("error", () => globalThis.workers--);
    }
  };
}

/** @file Serves a built project to a browser, and waits for what its page reports. */
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { setTimeout } from "node:timers/promises";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const PAGE = `<!doctype html><meta charset="utf-8"><script type="module" src="/main.js"></script>`;
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
    const server = createServer((request, response) =>
      this.answer(folder, { isolated, policy }, request, response),
    );
    await new Promise((resolve) => server.listen(0, "localhost", resolve));
    const context = await this.browser.newContext();
    try {
      const page = await context.newPage();
      const errors = [];
      page.on("pageerror", (error) => errors.push(String(error)));
      await page.addInitScript(countWorkers);
      const query = encodeURIComponent(JSON.stringify(program));
      await page.goto(`http://localhost:${server.address().port}/?program=${query}`);
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
      server.close();
    }
  }

  answer(folder, { isolated, policy }, request, response) {
    if (isolated) {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    }
    if (policy) response.setHeader("Content-Security-Policy", policy);
    const { pathname } = new URL(request.url, "http://localhost");
    const name = normalize(pathname === "/" ? "/index.html" : pathname);
    const file = name.startsWith("/wasm/") ? join(this.wasm, name.slice(6)) : join(folder, name);
    response.setHeader("Content-Type", TYPES[extname(name)] ?? "application/octet-stream");
    if (existsSync(file)) createReadStream(file).pipe(response);
    else if (name === "/index.html") response.end(PAGE);
    else response.writeHead(404).end();
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

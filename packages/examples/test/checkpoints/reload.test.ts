/** @file Runs of the examples in Chromium, saved to the page's own file system and gone on with after a reload. */
import { createServer, type Server, type ServerResponse } from "node:http";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type BrowserContext, chromium, type Page } from "playwright";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM_ARGS, findChromium } from "../../../../test-env/chromium.ts";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const WASM = join(PACKAGE, "node_modules/@tensorflow/tfjs-backend-wasm/dist");
const TYPES: Record<string, string> = { ".js": "text/javascript", ".wasm": "application/wasm" };
const executablePath = findChromium();

describe.skipIf(!executablePath)("in a page", () => {
  let folder: string;
  let server: Server;
  let browser: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "reload-"));
    await writeFile(join(folder, "index.html"), `<script type="module" src="/app.js"></script>`);
    await build({
      configFile: false,
      logLevel: "silent",
      root: PACKAGE,
      resolve: { conditions: ["@nnx-js/source", "module", "browser", "production"] },
      build: {
        outDir: folder,
        emptyOutDir: false,
        modulePreload: false,
        minify: false,
        rolldownOptions: {
          input: {
            app: fileURLToPath(new URL("page.ts", import.meta.url)),
            worker: fileURLToPath(new URL("worker.ts", import.meta.url)),
          },
          output: { entryFileNames: "[name].js" },
        },
      },
    });
    server = createServer((request, response) => void answer(request.url ?? "/", response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    // With a profile on the disk, as people have.
    browser = await chromium.launchPersistentContext(join(folder, "profile"), {
      executablePath: executablePath!,
      args: CHROMIUM_ARGS,
    });
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  });

  afterAll(async () => {
    await browser.close();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function answer(url: string, response: ServerResponse): Promise<void> {
    const file = url.startsWith("/wasm/")
      ? join(WASM, url.slice(6))
      : join(folder, url === "/" ? "index.html" : url);
    try {
      const content = await readFile(file);
      response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "text/html" }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  }

  const call = <T>(name: string, ...args: unknown[]) => callIn<T>(page, name, ...args);

  async function callIn<T>(page: Page, name: string, ...args: unknown[]): Promise<T> {
    await page.waitForFunction("window.page");
    return await page.evaluate<T>(`window.page.${name}(...${JSON.stringify(args)})`);
  }

  test.each([
    ["digits", false],
    ["digits", true],
    ["names", false],
    ["names", true],
  ])(
    "%s, compiled %s: 50 steps, a reload and 50 steps are 100 steps bit for bit",
    async (example, isCompiled) => {
      const choice = { example, isCompiled };
      const saved = `runs/${example}-${isCompiled ? "compiled" : "eager"}`;
      const { values } = await call<{ values: string }>("train", choice, 100);
      const half = await call<{ values: string }>("train", choice, 50, saved);
      expect(half.values).not.toBe(values);
      await page.reload();
      expect(await call("train", choice, 100, saved)).toEqual({ from: 50, values });
    },
  );

  test.each(["moved", "copied"])(
    "a reload at any moment leaves whole steps, at most one step old (%s)",
    async (folder) => {
      let last = 0;
      for (let i = 0; i < 6; i++) {
        if (folder === "copied") await call("forgetMove");
        const found = await call<{ restored: number; values: number[]; last: number }>("saveForever", folder);
        expect(found.values).toEqual([found.restored]);
        expect(found.restored).toBeGreaterThanOrEqual(found.last - 1);
        expect(found.restored).toBeLessThanOrEqual(found.last + 1);
        expect(found.restored).toBeGreaterThanOrEqual(last - 1);
        // Where files cannot be moved, the page may be gone while one is copied: a damaged one, which is told of.
        expect(folder === "moved" ? found : {}).not.toHaveProperty(["warnings", 0]);
        last = found.last;
        await setTimeout(300 * ((i * 0.618034) % 1));
        await page.reload();
      }
      expect(last).toBeGreaterThan(0);
      // What a page that is gone was writing is cleaned by the next one.
      const damaged = folder === "moved" ? 0 : 6;
      expect((await call<string[]>("files", folder)).length).toBeLessThanOrEqual(5 + damaged);
    },
  );

  test("a page that looks on disturbs no page that saves", async () => {
    await call("saveForever", "watched");
    const other = await browser.newPage();
    await other.goto(page.url());
    const seen = await callIn<number[]>(other, "lookOn", "watched", 20);
    await other.close();
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBeGreaterThan(seen[0]!);
    expect(await page.evaluate("localStorage.getItem('failure')")).toBeNull();
    await page.reload();
  });

  test("where the quota is used up the save is an error, and what was there stays", async () => {
    const saved = { failure: undefined, steps: [1], files: 1 };
    expect(await call("saveLarge", "full", 1, 1000)).toEqual(saved);
    const devtools = await browser.newCDPSession(page);
    const { origin } = new URL(page.url());
    await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 100_000 });
    const failure = expect.stringMatching(
      /^StorageError: step 2 could not be written to opfs:full: .*Free some space/,
    );
    expect(await call("saveLarge", "full", 2, 1_000_000)).toEqual({ ...saved, failure });
    await devtools.send("Storage.overrideQuotaForOrigin", { origin });
    expect(await call("saveLarge", "full", 2, 1_000_000)).toEqual({ ...saved, steps: [1, 2], files: 2 });
  });

  test("a worker writes in the way of browsers that have no streams to files", async () => {
    expect(await call("askWorker", "worker")).toEqual({ steps: [2, 3], metrics: { loss: 0.5 }, values: [2] });
    expect(await call("files", "worker")).toHaveLength(2);
  });
});

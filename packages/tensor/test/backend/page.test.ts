/** @file Loading wasm in pages made for production: cross-origin isolated, minified, under a policy. */
import { createServer, type Server, type ServerResponse } from "node:http";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM_ARGS, findChromium } from "../../../../test-env/chromium.ts";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const FILES = join(PACKAGE, "node_modules/@tensorflow/tfjs-backend-wasm/dist");
const TYPES: Record<string, string> = { ".js": "text/javascript", ".wasm": "application/wasm" };
const executablePath = findChromium();

/** What the page offers to the tests. */
const APP = `
  import * as tf from "@tensorflow/tfjs-core";
  import { useBackend } from "@nnx-js/tensor";
  window.use = async (name, options) => {
    try {
      const { backend, failures } = await useBackend(name, options);
      return { backend, failures, two: tf.add(1, 1).dataSync()[0], threads: tf.env().getFlags()["WASM_HAS_MULTITHREAD_SUPPORT"] };
    } catch (error) {
      return { error: error.message };
    }
  };
  window.divide = async () => {
    await import("@tensorflow/tfjs-backend-webgl");
    await tf.setBackend("webgl");
    return [...tf.div([0, 4], [0, 2]).dataSync()];
  };
  window.isReady = true;`;

describe.skipIf(!executablePath)("a page", () => {
  let folder: string;
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nnx-page-"));
    await writeFile(join(folder, "index.html"), `<script type="module" src="/app.js"></script>`);
    await build({
      configFile: false,
      logLevel: "silent",
      root: PACKAGE,
      resolve: { conditions: ["@nnx-js/source", "module", "browser", "production"] },
      plugins: [
        {
          name: "entry",
          resolveId: (id) => (id === "entry" ? "\0entry" : undefined),
          load: (id) => (id === "\0entry" ? APP : undefined),
        },
      ],
      build: {
        outDir: folder,
        emptyOutDir: false,
        modulePreload: false,
        rolldownOptions: { input: { app: "entry" }, output: { entryFileNames: "app.js" } },
      },
    });
    server = createServer((request, response) => void answer(request.url ?? "/", response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    browser = await chromium.launch({ executablePath: executablePath!, args: CHROMIUM_ARGS });
  });

  afterAll(async () => {
    await browser.close();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function answer(url: string, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(url, "http://page");
    // Some servers send their page for all that they lack, and some know no type of .wasm files.
    const inFiles = /^\/(?:wasm|plain)\//;
    const file = inFiles.test(pathname)
      ? join(FILES, pathname.replace(inFiles, ""))
      : join(folder, pathname === "/" || pathname.startsWith("/page/") ? "index.html" : pathname);
    const policy = searchParams.get("policy");
    const headers = {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
      "Content-Type": pathname.startsWith("/plain/") ? "text/plain" : (TYPES[extname(file)] ?? "text/html"),
      ...(policy && { "Content-Security-Policy": policy }),
    };
    try {
      const content = await readFile(file);
      response.writeHead(200, headers).end(content);
    } catch {
      response.writeHead(404, headers).end("<html></html>");
    }
  }

  /** Runs `work` in a new page. */
  async function inPage<T>(work: (page: Page) => Promise<T>, policy = ""): Promise<T> {
    const page = await browser.newPage();
    try {
      const { port } = server.address() as AddressInfo;
      await page.goto(`http://127.0.0.1:${port}/?policy=${encodeURIComponent(policy)}`);
      await page.waitForFunction("window.isReady");
      expect(await page.evaluate("window.crossOriginIsolated")).toBe(true);
      return await work(page);
    } finally {
      await page.close();
    }
  }

  /** Calls `useBackend` in a new page, one call after the other. */
  const answersOf = (calls: [name: unknown, options?: object][], policy?: string) =>
    inPage(async (page) => {
      const answers: unknown[] = [];
      for (const call of calls) {
        answers.push(await page.evaluate(`window.use(...${JSON.stringify(call)})`));
      }
      return answers;
    }, policy);

  const works = { backend: "wasm", failures: {}, two: 2, threads: false };

  test("that is isolated gets wasm, without TensorFlow.js's threads", async () => {
    expect(await answersOf([["wasm", { wasmPaths: "/wasm" }]])).toEqual([works]);
  });

  test("has our kernels after tf.setBackend", async () => {
    // In plain TensorFlow.js 0 / 0 is 1 on webgl.
    expect(await inPage((page) => page.evaluate("window.divide()"))).toEqual([NaN, 2]);
  });

  test("gets webgl where only canvases of the document have it, as in WebKit", async () => {
    const context = await browser.newContext({
      userAgent: "AppleWebKit/605.1.15 Version/16.5 Safari/605.1.15",
    });
    try {
      const page = await context.newPage();
      await page.addInitScript("OffscreenCanvas.prototype.getContext = () => null;");
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page.waitForFunction("window.isReady");
      expect(await page.evaluate(`window.use("webgl")`)).toMatchObject({ backend: "webgl", two: 2 });
    } finally {
      await context.close();
    }
  });

  test("gets wasm after a failure when it does what the error says", async () => {
    const wrong = { error: expect.stringContaining('useBackend("wasm", { wasmPaths: "/wasm/" })') as string };
    const right = ["wasm", { wasmPaths: "/wasm/" }] as [string, object];
    expect(await answersOf([["wasm"], right, ["cpu"], right])).toEqual([
      wrong,
      works,
      { ...works, backend: "cpu" },
      works,
    ]);
    expect(await answersOf([["wasm", { wasmPaths: "/nowhere/" }], ["wasm"], right])).toEqual([
      wrong,
      wrong,
      works,
    ]);
  });

  const FILE = "tfjs-backend-wasm-simd.wasm";

  test("is told what the server answers where a file is missing", async () => {
    const [unsaid, nowhere, page, elsewhere] = await answersOf([
      ["wasm"],
      ["wasm", { wasmPaths: "/nowhere/" }],
      ["wasm", { wasmPaths: "/page/" }],
      ["wasm", { wasmPaths: "http://127.0.0.1:9/" }],
    ]);
    expect(nowhere).toEqual({
      error: expect.stringContaining(`the server answers 404 for /nowhere/${FILE}. Serve`),
    });
    expect(page).toEqual({ error: expect.stringContaining(`/page/${FILE} is no WebAssembly (text/html)`) });
    expect(elsewhere).toEqual({ error: expect.stringContaining(`127.0.0.1:9/${FILE} cannot be fetched (`) });
    expect(unsaid).toEqual({
      error: expect.stringMatching(/the server answers 404 for \S*simd\.wasm\. Serve/),
    });
  });

  test("gets wasm from a server that does not know the type of such files", async () => {
    expect(await answersOf([["wasm", { wasmPaths: "/plain/" }]])).toEqual([works]);
  });

  test("is told of a policy that forbids the file to be fetched", async () => {
    const policy = "default-src 'self' 'wasm-unsafe-eval'; connect-src 'none'";
    const [answer] = await answersOf([["wasm", { wasmPaths: "/wasm/" }]], policy);
    expect(answer).toEqual({ error: expect.stringMatching(/simd\.wasm cannot be fetched \(.*connect-src/s) });
  });

  test("under a policy without blob: gets wasm", async () => {
    const policy = "script-src 'self' 'wasm-unsafe-eval'";
    expect(await answersOf([["wasm", { wasmPaths: "/wasm/" }]], policy)).toEqual([works]);
  });

  test("under a policy that forbids WebAssembly says so", async () => {
    const [answer] = await answersOf([["wasm", { wasmPaths: "/wasm/" }]], "script-src 'self'");
    expect(answer).toEqual({ error: expect.stringContaining("add 'wasm-unsafe-eval' to script-src") });
  });

  test("under a policy without blob: does not wait forever for the threads that it asks for", async () => {
    const policy = "script-src 'self' 'wasm-unsafe-eval'";
    const options = { wasmPaths: "/wasm/", wasmThreads: true, timeout: 2000 };
    const withoutThreads = ["wasm", { wasmPaths: "/wasm/" }] as [string, object];
    const [threaded, plain] = await answersOf([[["wasm", "cpu"], options], withoutThreads], policy);
    expect(threaded).toMatchObject({ backend: "cpu", failures: { wasm: /Leave out wasmThreads/ } });
    expect(plain).toEqual(works);
  });
});

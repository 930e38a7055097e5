/** @file The app, built and driven in Chromium: it trains, stops, goes on, and survives what happens to workers. */
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM_ARGS, findChromium } from "../../../test-env/chromium.ts";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};
const CONDITIONS = ["@nnx-js/source", "module", "browser", "production"];
const executablePath = findChromium();
/** How long anything may take, in milliseconds. */
const LIMIT = 30_000;

describe("the page docs/in-an-app.md", () => {
  const text = readFileSync(join(PACKAGE, "../../docs/in-an-app.md"), "utf8");
  const blocks = [...text.matchAll(/`src\/([\w.-]+)`:\n\n```tsx\n([^]*?)```/g)].map(
    ([, name, shown]) => [name!, shown!] as const,
  );

  test("shows the files of the app", () => {
    expect(blocks.map(([name]) => name)).toEqual(["worker.ts", "use-training.ts", "App.tsx"]);
    expect(text.match(/```tsx/g)).toHaveLength(blocks.length);
  });

  test.each(blocks)("as they are: %s", (name, shown) => {
    const file = readFileSync(join(PACKAGE, "src", name), "utf8");
    expect(file.split("\n").slice(1).join("\n")).toBe(shown);
  });
});

describe("on a server", () => {
  test("the app is rendered, and nothing begins", async () => {
    const folder = await mkdtemp(join(tmpdir(), "in-an-app-ssr-"));
    try {
      await build({
        configFile: false,
        logLevel: "silent",
        root: PACKAGE,
        resolve: { conditions: ["@nnx-js/source", "module", "node", "production"] },
        build: { ssr: "src/server.tsx", outDir: folder, emptyOutDir: false },
        // What the hook loads when a button is pressed is not even there.
        ssr: { noExternal: [/^react/], external: ["@nnx-js/train"] },
      });
      const app = (await import(join(folder, "server.js"))) as { render(): string };
      expect(app.render()).toMatch(/<button>Start<\/button>.*<progress.*<output>idle/s);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe.skipIf(!executablePath)("in Chromium", () => {
  let folder: string;
  let server: Server;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "in-an-app-"));
    await build({
      configFile: join(PACKAGE, "vite.config.ts"),
      logLevel: "silent",
      root: PACKAGE,
      resolve: { conditions: CONDITIONS },
      build: { outDir: folder, emptyOutDir: false },
    });
    server = createServer((request, response) => void answer(request.url ?? "/", response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    browser = await chromium.launch({ executablePath: executablePath!, args: CHROMIUM_ARGS });
    page = await browser.newPage();
    page.setDefaultTimeout(LIMIT);
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(address());
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  async function answer(url: string, response: ServerResponse): Promise<void> {
    const name = url === "/" ? "/index.html" : new URL(url, "http://page").pathname;
    try {
      const content = await readFile(join(folder, name));
      response.writeHead(200, { "Content-Type": TYPES[extname(name)] ?? "text/plain" }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  }

  /** What the page says: `running, step 40 from 0, loss 0.6931`. */
  async function said(): Promise<{ status: string; step: number; from: number; loss: number }> {
    const text = (await page.locator("output").textContent())!;
    const [, status, step, from, loss] = /^(\w+), step (\d+) from (\d+)(?:, loss ([\d.]+))?$/.exec(text)!;
    return { status: status!, step: Number(step), from: Number(from), loss: Number(loss) };
  }

  const until = (check: (now: Awaited<ReturnType<typeof said>>) => boolean) =>
    expect.poll(async () => check(await said()), { timeout: LIMIT, interval: 20 }).toBe(true);
  const press = (name: string) => page.getByRole("button", { name }).click();
  const workers = () => page.workers().length;

  test("it trains: the steps are counted, and the loss falls", { timeout: LIMIT }, async () => {
    expect(await said()).toMatchObject({ status: "idle", step: 0 });
    await press("Start");
    await until(({ step, loss }) => step > 0 && loss > 0);
    const first = await said();
    await until(({ step, loss }) => step > first.step + 400 && loss < 0.7 * first.loss);
    const shown = Number(await page.locator("progress").getAttribute("value"));
    expect(shown).toBeGreaterThan(first.step);
  });

  test("it stops where it is, and goes on from there", { timeout: LIMIT }, async () => {
    await press("Stop");
    await until(({ status }) => status === "aborted");
    const { step } = await said();
    expect(workers()).toBe(0);
    await press("Go on");
    await until((now) => now.status === "running" && now.step > step);
    expect((await said()).from).toBe(step);
  });

  test("a component that is taken away ends its worker", { timeout: LIMIT }, async () => {
    expect(workers()).toBe(1);
    const { step } = await said();
    await page.getByRole("checkbox").uncheck();
    await expect.poll(workers, { timeout: LIMIT }).toBe(0);
    await page.getByRole("checkbox").check();
    expect(await said()).toMatchObject({ status: "idle", step: 0 });
    await press("Start");
    await until((now) => now.status === "running" && now.from >= step);
  });

  test(
    "a worker that is killed is told of, and its last checkpoint gone on with",
    { timeout: 2 * LIMIT },
    async () => {
      const { from } = await said();
      await until(({ step }) => step > from + 800);
      await page
        .workers()[0]!
        .evaluate("self.close()")
        .catch(() => {});
      await page.getByRole("alert").waitFor();
      const text = (await page.getByRole("alert").textContent())!;
      expect(text).toMatch(
        /the worker has said nothing for 10000 ms: it was killed.* Its last checkpoint is that of step \d+/,
      );
      const saved = Number(/of step (\d+)/.exec(text)![1]);
      expect(saved % 400).toBe(0);
      expect(saved).toBeGreaterThan(from);
      await press("Go on");
      await until((now) => now.status === "running");
      // A save that had only begun when the worker was killed leaves the one before it.
      expect([saved, saved - 400]).toContain((await said()).from);
      expect(await page.getByRole("alert").count()).toBe(0);
      await press("Stop");
      await until(({ status }) => status === "aborted");
    },
  );

  test("a worker that the server does not have is told of", { timeout: LIMIT }, async () => {
    await page.route("**/worker*.js", (route) => route.fulfill({ status: 404, body: "" }));
    await press("Go on");
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").textContent()).toContain("the worker could not be loaded");
    await page.unroute("**/worker*.js");
    expect(workers()).toBe(0);
    expect(errors).toEqual([]);
  });
});

/** @file Where a row runs: its folder among the installed packages, and all that it started. */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/run.mjs";
import { Site } from "../lib/site.mjs";
import { launch as chromium } from "./browsers/chromium.mjs";
import { launch as firefox } from "./browsers/firefox.mjs";
import { launch as webkit } from "./browsers/webkit.mjs";

const PROGRAMS = join(root, "test-env", "everywhere");
const BROWSERS = { chromium, firefox, webkit };

/** The browsers that were started, by name; rows share them. */
export class Browsers {
  constructor() {
    this.started = new Map();
  }

  get(name) {
    if (!this.started.has(name)) this.started.set(name, BROWSERS[name]());
    return this.started.get(name);
  }

  async close() {
    for (const browser of this.started.values()) await (await browser.catch(() => undefined))?.close();
  }
}

/** A row's folder, with the programs in it. */
export class Place {
  constructor(name, installed, browsers) {
    this.installed = installed;
    this.wasm = join(installed, "node_modules", "@tensorflow", "tfjs-backend-wasm", "dist");
    this.folder = join(installed, "rows", name);
    this.browsers = browsers;
    this.ends = [];
    mkdirSync(this.folder, { recursive: true });
    for (const file of readdirSync(PROGRAMS))
      cpSync(join(PROGRAMS, file), join(this.folder, file), { recursive: true });
  }

  /** Runs at the end of the row, whatever came of it. */
  atEnd(end) {
    this.ends.push(end);
  }

  async close() {
    for (const end of this.ends.toReversed()) {
      try {
        await end();
      } catch {
        // The others are to be ended too.
      }
    }
  }

  /** Starts a program in the row's folder, with what it starts itself; it ends with the row. */
  start(command, args, { env = {}, cwd = this.folder, stdio = ["ignore", "pipe", "pipe"] } = {}) {
    const child = spawn(command, args, {
      cwd,
      stdio,
      detached: true,
      // Development servers that run in this process set it, and builds of Next fail by it.
      env: { ...process.env, NODE_ENV: undefined, ...env },
    });
    this.atEnd(
      () => child.exitCode === null && child.signalCode === null && process.kill(-child.pid, "SIGKILL"),
    );
    return child;
  }

  /** Runs a program to its end and answers what it prints; an exit code other than 0 is an error with all of that. */
  async output(command, args, options) {
    const child = this.start(command, args, options);
    const texts = { stdout: "", stderr: "" };
    for (const name of Object.keys(texts))
      child[name].setEncoding("utf8").on("data", (text) => (texts[name] += text));
    const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
    if (code === 0) return texts.stdout;
    const told = `${texts.stdout}\n${texts.stderr}`.trim().split("\n").slice(-30).join("\n");
    throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${told}`);
  }

  /** The report that a program prints as its last line. */
  async printed(command, args, plan, options = {}) {
    const env = { PLAN: JSON.stringify(plan), ...options.env };
    const lines = (await this.output(command, args, { ...options, env })).trim().split("\n");
    return JSON.parse(lines.at(-1));
  }

  /**
   * The report of a page.
   *
   * @param {{ browser?: string, plan: object, path?: string, limit?: number }} options the browser's name, what the page is to do,
   *   its path and the longest time it may take, in milliseconds; and those of {@link Site}
   * @returns {Promise<object>} with `scripts`: kilobytes of JavaScript that the page loaded, gzipped
   */
  async visit({ browser = "chromium", plan, path = "/", limit = 120_000, ...site }) {
    const { open } = await this.browsers.get(browser);
    let told;
    const report = new Promise((resolve) => (told = resolve));
    const server = new Site({ wasm: this.wasm, ...site, onReport: told });
    const address = await server.open();
    this.atEnd(() => server.close());
    let timer;
    const tooLong = new Promise((_, reject) => {
      timer = setTimeout(() => {
        const missing = server.missing.map((path) => `\nnot there: ${path}`).join("");
        reject(new Error(`the page told nothing within ${limit / 1000} s${missing}`));
      }, limit);
    });
    const query = encodeURIComponent(JSON.stringify({ use: { wasmPaths: "/wasm/" }, ...plan }));
    let close;
    try {
      close = await Promise.race([open(`${address}${path}?plan=${query}`), tooLong]);
      return { ...(await Promise.race([report, tooLong])), scripts: server.scripts() };
    } finally {
      clearTimeout(timer);
      await close?.();
      server.close();
    }
  }
}

/** @file Next's production build: a server component, and a page in the browser. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { output } from "../../../scripts/lib/run.mjs";
import { expectReport } from "../expect.mjs";

const PORT = "38123";

export async function run({ folder, installed, npm }) {
  await npm("install", "--no-save", "next@16", "react@19", "react-dom@19");
  const next = join(installed, "node_modules", "next", "dist", "bin", "next");
  const options = { cwd: folder, env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" } };
  await output(process.execPath, [next, "build"], options);
  const server = spawn(process.execPath, [next, "start", "-p", PORT], { ...options, stdio: "ignore" });
  try {
    const page = await firstAnswer(`http://localhost:${PORT}/`);
    const [, json] = /<script id="report"[^>]*>(.*?)<\/script>/s.exec(page) ?? [];
    if (json === undefined) throw new Error(`no report in ${page.slice(0, 2000)}`);
    expectReport(JSON.parse(json), { minified: true });
  } finally {
    server.kill();
  }
}

async function firstAnswer(url) {
  for (let tries = 0; ; tries++) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      if (tries > 100) throw error;
      await setTimeout(200);
    }
  }
}

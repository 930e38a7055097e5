/** @file Next: both of its bundlers, both of its routers, a server component, and its development server. */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm } from "../../lib/packed.mjs";
import { columnsOf } from "../expect.mjs";
import { freePort, untilServed } from "../ports.mjs";
import { versionIn } from "../tools.mjs";

const BACKENDS = ["cpu", "wasm", "webgl", "webgpu"];
const env = { NEXT_TELEMETRY_DISABLED: "1" };

async function prepare(place) {
  cpSync(join(place.folder, "next"), place.folder, { recursive: true });
  writeFileSync(join(place.folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await npm(place.folder, "install", "next@16", "react@19", "react-dom@19");
  return join(place.folder, "node_modules", "next", "dist", "bin", "next");
}

async function visits(place, upstream) {
  const [, json] =
    /<script id="report"[^>]*>(.*?)<\/script>/s.exec(await untilServed(upstream, "/server")) ?? [];
  if (json === undefined) throw new Error("the server component tells nothing");
  columnsOf(JSON.parse(json), { backends: ["cpu", "wasm"], threads: true, file: true });
  const page = await place.visit({ plan: { backends: ["wasm"], path: "opfs://a" }, upstream });
  const columns = columnsOf(page, { backends: ["wasm"], threads: true, file: true });
  const plan = { backends: BACKENDS, eagerSteps: 2, worker: true };
  const all = columnsOf(await place.visit({ plan, upstream }), { backends: BACKENDS, threads: true });
  const old = await place.visit({ plan: { backends: ["wasm"] }, path: "/old", upstream });
  columnsOf(old, { backends: ["wasm"], threads: true });
  return { version: versionIn(place.folder, "next"), ...columns, backends: all.backends, size: page.scripts };
}

async function production(place, bundler) {
  const next = await prepare(place);
  await place.output(process.execPath, [next, "build", bundler], { env });
  const port = await freePort();
  place.start(process.execPath, [next, "start", "-p", String(port)], { env, stdio: "ignore" });
  return visits(place, port);
}

async function development(place, bundler) {
  const next = await prepare(place);
  const port = await freePort();
  place.start(process.execPath, [next, "dev", bundler, "-p", String(port)], { env, stdio: "ignore" });
  return visits(place, port);
}

const row = (name, title, run) => ({ name, title, limit: 600, run });

export const rows = [
  row("next", "Next with Turbopack", (place) => production(place, "--turbopack")),
  row("next-webpack", "Next with webpack", (place) => production(place, "--webpack")),
  row("next-dev", "Next with Turbopack, development server", (place) => development(place, "--turbopack")),
  row("next-webpack-dev", "Next with webpack, development server", (place) =>
    development(place, "--webpack"),
  ),
];

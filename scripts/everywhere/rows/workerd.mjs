/** @file Cloudflare's workerd: no WebAssembly but that of the deployed modules, no threads, no file system. */
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { columnsOf } from "../expect.mjs";
import { load, tool, versionIn } from "../tools.mjs";

const BACKENDS = ["cpu"];

/** Bundles a worker as wrangler does. */
async function bundle(folder) {
  await build({
    absWorkingDir: folder,
    entryPoints: ["workerd.mjs"],
    outfile: "workerd.js",
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    logLevel: "error",
  });
  return readFileSync(join(folder, "workerd.js"), "utf8");
}

/** Runs the worker; answers how to ask it for a report. */
export async function start(place) {
  const folder = await tool("miniflare@4");
  const { Miniflare } = await load(folder, "miniflare");
  const worker = new Miniflare({
    // Given one by one, as wrangler does: an import of what is not there is to fail when it is reached.
    modules: [{ type: "ESModule", path: "worker.js", contents: await bundle(place.folder) }],
    compatibilityDate: "2026-01-01",
  });
  place.atEnd(() => worker.dispose());
  await worker.ready;
  return {
    version: versionIn(folder, "workerd"),
    async report(plan) {
      const response = await worker.dispatchFetch("http://localhost/", {
        method: "POST",
        body: JSON.stringify(plan),
      });
      return response.json();
    },
  };
}

export const rows = [
  {
    name: "workerd",
    title: "Cloudflare's workerd",
    limit: 180,
    async run(place) {
      const worker = await start(place);
      const plan = { backends: BACKENDS, options: { fallback: "kernels" }, steps: 2 };
      return {
        version: worker.version,
        ...columnsOf(await worker.report(plan), { backends: BACKENDS, threads: false }),
      };
    },
  },
];

/** @file Vite's production build on a page that is cross-origin isolated, under several policies. */
import assert from "node:assert/strict";
import { build } from "vite";
import { expectReport } from "../expect.mjs";

export async function run({ folder, page }) {
  await build({
    root: folder,
    configFile: false,
    logLevel: "error",
    build: { rolldownOptions: { input: `${folder}/index.html` } },
  });
  expectReport(await page("dist"), { minified: true, workers: true });
  // Workers come from blob: addresses, which this policy forbids.
  const strict = await page("dist", { policy: "script-src 'self' 'wasm-unsafe-eval'" });
  expectReport(strict, { minified: true, workers: false });
  const program = { backends: ["wasm", "cpu"], rows: 1, options: { fallback: "kernels" } };
  const without = await page("dist", { policy: "script-src 'self'", program });
  expectReport(without, { minified: true, backend: "cpu", workers: false });
  assert.match(without.unavailable, /^WebAssemblyUnavailableError: /);
  expectReport(await page("dist", { isolated: false }), { minified: true, workers: false });
}

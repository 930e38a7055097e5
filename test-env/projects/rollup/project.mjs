/** @file Rollup with terser; TensorFlow.js's wasm backend needs the plugin for CommonJS. */
import { join } from "node:path";
import commonjs from "@rollup/plugin-commonjs";
import resolve from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";
import { rollup } from "rollup";
import { expectReport } from "../expect.mjs";

export async function run({ folder, page }) {
  const bundle = await rollup({
    input: join(folder, "page.mjs"),
    plugins: [resolve({ browser: true }), commonjs(), terser()],
    onwarn() {},
  });
  await bundle.write({ dir: join(folder, "dist"), format: "es", entryFileNames: "main.js" });
  await bundle.close();
  expectReport(await page("dist"), { minified: true, workers: true });
}

/** @file Rollup, with the plugins for packages and CommonJS, and the worker as an entry of its own. */
import commonjs from "@rollup/plugin-commonjs";
import resolve from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { rollup, VERSION } from "rollup";
import { bundlerRow } from "../bundler-row.mjs";

async function build({ folder }, { plugins = [], sourcemap = false }) {
  const bundle = await rollup({
    input: { page: join(folder, "page.mjs"), worker: join(folder, "worker.mjs") },
    plugins: [resolve({ browser: true }), commonjs(), ...plugins],
    onwarn() {},
  });
  await bundle.write({ dir: join(folder, "dist"), format: "es", entryFileNames: "[name].mjs", sourcemap });
  await bundle.close();
  cpSync(join(folder, "index.html"), join(folder, "dist", "index.html"));
  return { folder: join(folder, "dist") };
}

const row = (name, title, options) =>
  bundlerRow({ name, title, version: VERSION, build: (place) => build(place, options) });

export const rows = [
  row("rollup", "Rollup, minified by terser", { plugins: [terser()] }),
  row("rollup-dev", "Rollup, with source maps", { sourcemap: true }),
];

/** @file esbuild, with the worker as an entry of its own. */
import { version } from "esbuild";
import { bundlerRow } from "../bundler-row.mjs";
import { bundle } from "../esbuild.mjs";

export const rows = [
  bundlerRow({ name: "esbuild", title: "esbuild, minified", version, build: ({ folder }) => bundle(folder) }),
  bundlerRow({
    name: "esbuild-dev",
    title: "esbuild, with source maps",
    version,
    build: ({ folder }) => bundle(folder, { minify: false, sourcemap: true }),
  }),
];

/** @file webpack 5, with its own defaults. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import webpack from "webpack";
import { bundlerRow } from "../bundler-row.mjs";

async function build({ folder }, options) {
  const config = {
    context: folder,
    entry: { page: "./page.mjs" },
    output: { path: join(folder, "dist"), filename: "[name].mjs" },
    performance: false,
    ...options,
  };
  const stats = await new Promise((resolve, reject) => {
    webpack(config, (error, result) => (error ? reject(error) : resolve(result)));
  });
  if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
  cpSync(join(folder, "index.html"), join(folder, "dist", "index.html"));
  return { folder: join(folder, "dist") };
}

const row = (name, title, options) =>
  bundlerRow({ name, title, version: webpack.version, build: (place) => build(place, options) });

export const rows = [
  row("webpack", "webpack, production, with source maps", { mode: "production", devtool: "source-map" }),
  row("webpack-dev", "webpack, development", { mode: "development" }),
];

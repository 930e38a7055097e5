/** @file webpack 5's default production build, whose terser makes two passes. */
import { join } from "node:path";
import webpack from "webpack";
import { expectReport } from "../expect.mjs";

export async function run({ folder, page }) {
  const stats = await new Promise((resolve, reject) => {
    const config = {
      mode: "production",
      context: folder,
      entry: "./page.mjs",
      output: { path: join(folder, "dist"), filename: "main.js" },
      performance: false,
    };
    webpack(config, (error, result) => (error ? reject(error) : resolve(result)));
  });
  // Backends that are not installed may be warned of, no more.
  if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
  expectReport(await page("dist"), { minified: true, workers: true });
}

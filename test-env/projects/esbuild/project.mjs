/** @file `esbuild --bundle --minify`, as one classic script. */
import { join } from "node:path";
import { build } from "esbuild";
import { expectReport } from "../expect.mjs";

export async function run({ folder, page }) {
  await build({
    absWorkingDir: folder,
    entryPoints: ["page.mjs"],
    outfile: join(folder, "dist", "main.js"),
    bundle: true,
    minify: true,
    logLevel: "error",
  });
  expectReport(await page("dist"), { minified: true, workers: true });
}

/** @file Bundles the page and its worker by esbuild, as modules that share their chunks. */
import { build } from "esbuild";
import { cpSync } from "node:fs";
import { join } from "node:path";

/** Answers the folder of what was built, for `Place#visit`. */
export async function bundle(folder, options = { minify: true }) {
  await build({
    absWorkingDir: folder,
    entryPoints: ["page.mjs", "worker.mjs"],
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    logLevel: "error",
    ...options,
  });
  cpSync(join(folder, "index.html"), join(folder, "dist", "index.html"));
  return { folder: join(folder, "dist") };
}

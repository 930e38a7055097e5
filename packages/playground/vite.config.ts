/** @file Builds the page: static files that any file server can give out from any folder. */
import { defineConfig } from "vite";

const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  base: "./",
  build: { outDir: "dist/page", target: "es2022", sourcemap: true },
  // Trees show the names of classes.
  worker: { format: "es", rolldownOptions: { output: { keepNames: true } } },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // Isolated pages have shared memory, and with it threads.
  server: { headers: ISOLATED },
  preview: { headers: ISOLATED },
});

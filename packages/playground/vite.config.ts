/** @file Builds the page: static files that any file server can give out from any folder. */
import { defaultClientConditions, defineConfig } from "vite";
import { dataFiles } from "./build/data-files.ts";
import { offlineFiles } from "./build/offline-files.ts";

const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  base: "./",
  // What is not there is told as missing, not answered by the page.
  appType: "mpa",
  // The packages as they are in this repository: nothing need be built before.
  resolve: { conditions: ["@nnx-js/source", ...defaultClientConditions] },
  plugins: [dataFiles(), offlineFiles()],
  build: {
    outDir: "dist/page",
    target: "es2022",
    sourcemap: true,
    rolldownOptions: {
      input: {
        index: `${import.meta.dirname}/index.html`,
        offline: `${import.meta.dirname}/src/offline/worker.ts`,
      },
      // A service worker answers for the folder that it lies in, and is found by its name.
      output: {
        entryFileNames: ({ name }) => (name === "offline" ? "[name].js" : "assets/[name]-[hash].js"),
      },
    },
  },
  worker: {
    format: "es",
    rolldownOptions: {
      // What reads Keras's files, 5 MB, is never asked for here.
      external: ["h5wasm", "fflate"],
      // Trees show the names of classes.
      output: { keepNames: true },
    },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // Isolated pages have shared memory, and with it threads.
  server: { headers: ISOLATED },
  preview: { headers: ISOLATED },
});

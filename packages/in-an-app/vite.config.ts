/** @file Builds the app; workers are modules, as the code of a worker is split. */
import { defineConfig } from "vite";

export default defineConfig({
  build: { outDir: "dist/page", target: "es2022" },
  worker: { format: "es" },
});

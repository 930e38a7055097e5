/** @file Builds the page once for all files of the project. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { TestProject } from "vitest/node";

const PLAYGROUND = fileURLToPath(new URL("../../..", import.meta.url));
const OUT = fileURLToPath(new URL("../../../../../out/playground/page", import.meta.url));

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the built page. */
    page: string;
  }
}

/** Called by vitest before the first file. */
export async function setup(project: TestProject): Promise<void> {
  rmSync(OUT, { recursive: true, force: true });
  await build({
    root: PLAYGROUND,
    configFile: join(PLAYGROUND, "vite.config.ts"),
    logLevel: "warn",
    build: { outDir: OUT, emptyOutDir: true },
  });
  project.provide("page", OUT);
}

/** @file Vitest projects: Node's with one backend each, and Chromium's. */
import { playwright } from "@vitest/browser-playwright";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { TestProjectConfiguration } from "vitest/config";
import { CHROMIUM_ARGS, findChromium, findSwiftShader } from "./chromium.ts";

const conditions = ["@nnx-js/source", "module", "browser", "development|production"];
const nodeConditions = ["@nnx-js/source", "node", "development|production"];
const timeouts = { testTimeout: 120_000, hookTimeout: 120_000 };
/** Where fast-check begins, so that a run can be repeated; NNX_SEED=2 and so on try other cases. */
const seed = Number(process.env["NNX_SEED"] ?? "1");

/** What a project runs, and on what. */
export interface ProjectOptions {
  name: string;
  backend: string;
  include: string[];
  exclude?: string[];
  setupFiles: string[];
  env?: Record<string, string>;
  /** What else tests may `inject`. */
  provide?: Record<string, unknown>;
}

export function nodeProject(options: ProjectOptions): TestProjectConfiguration {
  const { name, backend, include, exclude = [], setupFiles, env = {}, provide = {} } = options;
  return {
    resolve: { conditions: nodeConditions },
    ssr: { resolve: { conditions: nodeConditions } },
    test: {
      ...timeouts,
      name,
      setupFiles,
      include,
      exclude,
      env,
      provide: { backend, seed, ...provide },
      environment: "node",
      pool: "forks",
      // A process of its own for each file would load TensorFlow.js and compile each shader again.
      isolate: false,
      execArgv: ["--expose-gc"],
    },
  };
}

export function browserProject(options: ProjectOptions, executablePath: string): TestProjectConfiguration {
  const { name, backend, include, exclude = [], setupFiles, provide = {} } = options;
  return {
    resolve: { conditions },
    // Isolated pages have shared memory, and with it threads.
    server: {
      headers: {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      },
    },
    optimizeDeps: {
      include: [
        "@tensorflow/tfjs-core",
        "@tensorflow/tfjs-backend-cpu",
        "@tensorflow/tfjs-backend-wasm",
        "@tensorflow/tfjs-backend-webgl",
        "@tensorflow/tfjs-backend-webgpu",
        "fast-check",
      ],
      exclude: ["webgpu"],
    },
    test: {
      ...timeouts,
      name,
      isolate: false,
      setupFiles,
      include,
      exclude,
      provide: { backend, seed, ...provide },
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions: { executablePath, args: CHROMIUM_ARGS } }),
        instances: [{ browser: "chromium" }],
      },
    },
  };
}

/** Tests that open a page which `globalSetup` has built, in browsers that they start themselves. */
export function pageProject(name: string, include: string[], globalSetup: string): TestProjectConfiguration {
  return {
    test: { ...timeouts, name, include, globalSetup: [globalSetup], environment: "node", pool: "forks" },
  };
}

/** Chromium and its software Vulkan driver; undefined, with the reason printed, where there is none. */
export function chromium(): { executablePath: string; dawn: Record<string, string> } | undefined {
  const executablePath = findChromium();
  const driver = executablePath && findSwiftShader(executablePath);
  if (!executablePath || !driver) {
    const what = executablePath
      ? `no vk_swiftshader_icd.json beside ${executablePath}`
      : "no Chromium on the PATH or in CHROMIUM_PATH";
    const reason = `the webgl and webgpu tests cannot run: ${what} (Debian: apt-get install chromium)`;
    if (process.env["NNX_REQUIRE_CHROMIUM"]) throw new Error(reason);
    console.warn(`SKIPPED: ${reason}`);
    return undefined;
  }
  // Dawn opens libvulkan.so.1 by name: the loader that comes with Chromium serves where the system has none.
  process.env["LD_LIBRARY_PATH"] = [process.env["LD_LIBRARY_PATH"], dirname(driver)]
    .filter(Boolean)
    .join(":");
  return { executablePath, dawn: { VK_ICD_FILENAMES: driver } };
}

/** What makes Dawn take Mesa's software driver, where `scripts/lavapipe.sh` has put it. */
export function lavapipe(): Record<string, string> | undefined {
  const folder = resolve(import.meta.dirname, "../out/lavapipe");
  const manifest = join(folder, "lvp_icd.json");
  if (!existsSync(manifest)) {
    console.warn(
      "SKIPPED: no test on a second driver for WebGPU, with float16: bash scripts/lavapipe.sh brings it",
    );
    return undefined;
  }
  const libraries = [join(folder, "lib"), process.env["LD_LIBRARY_PATH"]].filter(Boolean).join(":");
  // Mesa complains where there is no folder for what runs.
  return { VK_ICD_FILENAMES: manifest, LD_LIBRARY_PATH: libraries, XDG_RUNTIME_DIR: tmpdir() };
}

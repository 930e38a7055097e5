import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";
import { dirname } from "node:path";
import { CHROMIUM_ARGS, findChromium, findSwiftShader } from "./test-env/chromium.ts";

const conditions = ["@nnx-js/source", "module", "browser", "development|production"];
const nodeConditions = ["@nnx-js/source", "node", "development|production"];
const common = { setupFiles: ["./test-env/setup.ts"], testTimeout: 120_000, hookTimeout: 120_000 };
/** Where fast-check begins, so that a run can be repeated; NNX_SEED=2 and so on try other cases. */
const seed = Number(process.env["NNX_SEED"] ?? "1");

/** Tests that concern numbers run once for each backend; all others run once, on cpu. */
const NUMERIC = "packages/*/test/**/*.numeric.test.ts";
/** Numeric tests that read files or run for minutes stay in Node. */
const NODE_ONLY = "packages/*/test/**/*.node.numeric.test.ts";

function node(
  name: string,
  backend: string,
  include: string[],
  exclude: string[] = [],
  env = {},
): TestProjectConfiguration {
  return {
    resolve: { conditions: nodeConditions },
    ssr: { resolve: { conditions: nodeConditions } },
    test: {
      ...common,
      name,
      include,
      exclude,
      env,
      provide: { backend, seed },
      environment: "node",
      pool: "forks",
      // A process of its own for each file would load TensorFlow.js and compile each shader again.
      isolate: false,
      execArgv: ["--expose-gc"],
    },
  };
}

function browser(backend: string, executablePath: string): TestProjectConfiguration {
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
      ...common,
      name: `chromium-${backend}`,
      isolate: false,
      include: [NUMERIC],
      exclude: [NODE_ONLY],
      provide: { backend, seed },
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

/** The projects that need Chromium; none, with the reason printed, where there is no Chromium. */
function chromiumProjects(): TestProjectConfiguration[] {
  const chromium = findChromium();
  const driver = chromium && findSwiftShader(chromium);
  if (!chromium || !driver) {
    const what = chromium
      ? `no vk_swiftshader_icd.json beside ${chromium}`
      : "no Chromium on the PATH or in CHROMIUM_PATH";
    const reason = `the webgl and webgpu tests cannot run: ${what} (Debian: apt-get install chromium)`;
    if (process.env["NNX_REQUIRE_CHROMIUM"]) throw new Error(reason);
    console.warn(`SKIPPED: ${reason}`);
    return [];
  }
  const dawn = { VK_ICD_FILENAMES: driver };
  // Dawn opens libvulkan.so.1 by name: the loader that comes with Chromium serves where the system has none.
  process.env["LD_LIBRARY_PATH"] = [process.env["LD_LIBRARY_PATH"], dirname(driver)]
    .filter(Boolean)
    .join(":");
  return [
    node("webgpu", "webgpu", [NUMERIC], [], dawn),
    browser("webgl", chromium),
    browser("webgpu", chromium),
  ];
}

export default defineConfig({
  test: {
    projects: [
      node("unit", "cpu", ["packages/*/test/**/*.test.ts", "test-env/**/*.test.ts"], [NUMERIC]),
      node("cpu", "cpu", [NUMERIC]),
      node("wasm", "wasm", [NUMERIC]),
      ...chromiumProjects(),
    ],
  },
});

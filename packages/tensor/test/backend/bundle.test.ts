/** @file The package in a bundle, and in a process of its own. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, type InlineConfig } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, findSwiftShader } from "../../../../test-env/chromium.ts";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nnx-bundle-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Bundles `code`, an app that imports the package, into `name`; answers the folder. */
async function bundle(name: string, code: string, config: InlineConfig): Promise<string> {
  const outDir = join(folder, name);
  const entry = join(PACKAGE, "test/backend/virtual-app.js");
  await build({
    configFile: false,
    logLevel: "silent",
    root: PACKAGE,
    ...config,
    plugins: [
      {
        name: "virtual-app",
        enforce: "pre",
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? code : null),
      },
    ],
    build: {
      outDir,
      minify: false,
      modulePreload: false,
      target: "es2022",
      ...config.build,
      rolldownOptions: { input: { app: entry }, ...config.build?.rolldownOptions },
    },
  });
  return outDir;
}

describe("a bundle for browsers", () => {
  it("has each backend in a file of its own, and nothing of Node's", async () => {
    const outDir = await bundle(
      "browser",
      `import { useBackend } from "@nnx-js/tensor"; useBackend().then(console.log);`,
      { resolve: { conditions: ["@nnx-js/source", "module", "browser", "production"] } },
    );
    const assets = join(outDir, "assets");
    const files = await readdir(assets);
    const entry = files.find((file) => file.startsWith("app-")) ?? "";
    const code = await readFile(join(assets, entry), "utf8");
    // Backends register kernels under their names; the app's own file must hold none of theirs.
    expect(code).toMatch(/import\(/);
    expect(code).not.toMatch(/class (MathBackendWebGL|MathBackendCPU|BackendWasm|WebGPUBackend)\b/);
    const all = await Promise.all(
      files.filter((f) => f.endsWith(".js")).map((f) => readFile(join(assets, f), "utf8")),
    );
    expect(all.some((text) => text.includes("class MathBackendWebGL"))).toBe(true);
    expect(code).not.toMatch(/from "node:|import\("node:/);
  });
});

describe("a process of its own", () => {
  /** Runs `code` in Node, with nothing installed but `packages`; answers what it prints. */
  async function inNode(name: string, code: string, packages: readonly string[]): Promise<string> {
    const outDir = await bundle(name, code, {
      resolve: { conditions: ["@nnx-js/source", "node", "production"] },
      ssr: {
        resolve: { conditions: ["@nnx-js/source", "node", "production"] },
        noExternal: ["@nnx-js/tensor"],
      },
      build: { ssr: true, rolldownOptions: { external: [/^@tensorflow\//, "webgpu"] } },
    });
    await writeFile(join(outDir, "package.json"), `{ "type": "module" }`);
    for (const each of packages) {
      const link = join(outDir, "node_modules", each);
      await mkdir(dirname(link), { recursive: true });
      await symlink(join(PACKAGE, "node_modules", each), link);
    }
    const chromium = findChromium();
    const driver = chromium && findSwiftShader(chromium);
    const env = { ...process.env, ...(driver && { VK_ICD_FILENAMES: driver }) };
    const { stdout } = await run(process.execPath, [join(outDir, "app.js")], { timeout: 60_000, env });
    return stdout.trim().split("\n").at(-1) ?? "";
  }

  const CORE = "@tensorflow/tfjs-core";

  it("finds the files of wasm for a bundle that holds its package", async () => {
    const outDir = await bundle(
      "whole",
      `import * as tf from "@tensorflow/tfjs-core";
       import { useBackend } from "@nnx-js/tensor";
       useBackend("wasm").then(({ backend }) => console.log(backend, tf.add(1, 1).dataSync()[0]));`,
      {
        ssr: {
          resolve: { conditions: ["@nnx-js/source", "module", "node", "production"] },
          noExternal: true,
        },
        build: {
          ssr: true,
          rolldownOptions: {
            external: [/tfjs-backend-(cpu|webgl|webgpu)$/, "webgpu"],
            output: { format: "cjs", codeSplitting: false, entryFileNames: "app.cjs" },
          },
        },
      },
    );
    // Neither the bundle nor the folder of the process is that of the package.
    const project = join(folder, "project");
    await mkdir(join(project, "node_modules/@tensorflow"), { recursive: true });
    const wasm = "node_modules/@tensorflow/tfjs-backend-wasm";
    await symlink(join(PACKAGE, wasm), join(project, wasm));
    const { stdout } = await run(process.execPath, [join(outDir, "app.cjs")], {
      cwd: project,
      timeout: 60_000,
    });
    expect(stdout.trim()).toBe("wasm 2");
  });

  it("names the command that installs a backend's package, and takes the next one", async () => {
    const code = `
      import { useBackend } from "@nnx-js/tensor";
      const failed = (name) => useBackend(name).catch((error) => error.failures[name]);
      const { backend, failures } = await useBackend(["wasm", "cpu"]);
      console.log(JSON.stringify({ backend, failures, webgpu: await failed("webgpu"), webgl: await failed("webgl") }));`;
    expect(JSON.parse(await inNode("missing", code, [CORE, "@tensorflow/tfjs-backend-cpu"]))).toEqual({
      backend: "cpu",
      failures: {
        wasm: "the package @tensorflow/tfjs-backend-wasm is not installed. Run: npm install @tensorflow/tfjs-backend-wasm",
      },
      webgpu: "the package webgpu is not installed. Run: npm install webgpu @tensorflow/tfjs-backend-webgpu",
      webgl: 'webgl is for browsers; elsewhere use "wasm" or "webgpu"',
    });
  });

  it("runs abstractly before any backend is active, and leaves none active", async () => {
    const code = `
      import "@tensorflow/tfjs-backend-cpu";
      import * as tf from "@tensorflow/tfjs-core";
      import { full, runAbstract } from "@nnx-js/tensor";
      const before = process.memoryUsage().rss;
      const shape = runAbstract(() => tf.add(full([10000, 10000], 1), tf.zeros([10000, 10000])).shape);
      const megabytes = Math.round((process.memoryUsage().rss - before) / 1e6);
      const active = tf.getBackend() ?? null;
      await tf.ready();
      console.log(JSON.stringify({ shape, active, chosen: tf.getBackend(), two: tf.add(1, 1).dataSync()[0], megabytes }));`;
    const answer: unknown = JSON.parse(
      await inNode("abstract", code, [CORE, "@tensorflow/tfjs-backend-cpu"]),
    );
    expect(answer).toMatchObject({ shape: [10000, 10000], active: null, chosen: "cpu", two: 2 });
    expect((answer as { megabytes: number }).megabytes).toBeLessThan(300);
  });

  it("runs abstractly while a backend is being initialised", async () => {
    const code = `
      import "@tensorflow/tfjs-backend-wasm";
      import * as tf from "@tensorflow/tfjs-core";
      import { abstractTensor, runAbstract } from "@nnx-js/tensor";
      const ready = tf.setBackend("wasm");
      const shape = runAbstract(() => tf.square(abstractTensor([3])).shape);
      console.log(JSON.stringify({ shape, ok: await ready, two: tf.add(1, 1).dataSync()[0] }));`;
    const answer = await inNode("pending", code, [CORE, "@tensorflow/tfjs-backend-wasm"]);
    expect(JSON.parse(answer)).toEqual({ shape: [3], ok: true, two: 2 });
  });

  it("ends by itself after it used webgpu", async ({ skip }) => {
    const code = `
      import * as tf from "@tensorflow/tfjs-core";
      import { useBackend } from "@nnx-js/tensor";
      const failures = await useBackend("webgpu").then(() => ({}), (error) => error.failures);
      const two = failures.webgpu ? 2 : (await tf.add(tf.ones([4]), 1).data())[0];
      console.log(JSON.stringify({ ...failures, two }));`;
    const packages = [CORE, "@tensorflow/tfjs-backend-cpu", "@tensorflow/tfjs-backend-webgpu", "webgpu"];
    const answer = JSON.parse(await inNode("webgpu", code, packages)) as { webgpu?: string; two: number };
    if (answer.webgpu) skip(answer.webgpu);
    expect(answer.two).toBe(2);
  });
});

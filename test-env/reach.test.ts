/** @file In a bundle, one import of any package is enough for the kernels and gradients of `@nnx-js/tensor` to run. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const ENTRY = "\0entry";
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nnx-reach-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The build for browsers of TensorFlow.js needs one, or something that looks like it. */
const BROWSER = "globalThis.window = globalThis; globalThis.document = { createElement: () => ({}) };";

/** Bundles an app as for a browser, minified, runs it in Node, and gives its JSON. */
async function runBundled(name: string, code: string): Promise<unknown> {
  const result = await build({
    root,
    configFile: false,
    logLevel: "error",
    resolve: { conditions: ["@nnx-js/source", "module", "browser", "production"] },
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === "entry" ? ENTRY : undefined),
        load: (id) => (id === ENTRY ? code : undefined),
      },
    ],
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      rolldownOptions: {
        input: "entry",
        // Backends that the app does not import itself.
        external: [/^@tensorflow\/tfjs-backend-(wasm|webgl|webgpu)$/, "webgpu"],
        output: { codeSplitting: false },
      },
    },
  });
  const [chunk] = [result].flat().flatMap((part) => ("output" in part ? part.output : []));
  if (chunk?.type !== "chunk") throw new Error("expected one file");
  const file = join(folder, `${name}.mjs`);
  await writeFile(file, `${BROWSER}${chunk.code}`);
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 60_000 });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

const APP = `
  import * as tf from "@tensorflow/tfjs-core";
  import "@tensorflow/tfjs-backend-cpu";
  await tf.ready();
  const product = tf.matMul(tf.ones([2, 1, 1, 2]), tf.ones([1, 3, 2, 1]));
  const tanh = tf.grad((x) => tf.grad((y) => tf.tanh(y))(x))(tf.scalar(0.5));
  console.log(JSON.stringify([[...product.dataSync()], tanh.dataSync()[0]]));`;
const { tanh } = Math;
const RIGHT = [[2, 2, 2, 2, 2, 2], expect.closeTo(-2 * tanh(0.5) * (1 - tanh(0.5) ** 2), 5)];

test.each([
  ["nn", "Variable"],
  ["view", "viewInfo"],
  ["optim", "sgd"],
  ["checkpoint", "FileFormatError"],
  ["jit", "jit"],
  ["train", "DataSourceError"],
])("%s: %s", async (name, imported) => {
  const before = `import { ${imported} } from "@nnx-js/${name}"; console.log(typeof ${imported});`;
  expect(await runBundled(name, `${before}\n${APP}`)).toEqual(RIGHT);
});

test("tensor, imported after the backend and before the union package", async () => {
  const imports = `import "@nnx-js/tensor"; import "@tensorflow/tfjs-core/dist/register_all_gradients";`;
  const code = APP.replace("const product", `${imports} const product`);
  expect(await runBundled("tensor", code)).toEqual(RIGHT);
});

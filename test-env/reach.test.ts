/** @file In a bundle, one import of any package is enough for the kernels and gradients of `@nnx-js/tensor` to run. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle, bundleOne, byArrival, modulesOf } from "./bundle.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nnx-reach-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The build for browsers of TensorFlow.js needs one, or something that looks like it. */
const BROWSER = "globalThis.window = globalThis; globalThis.document = { createElement: () => ({}) };";

/** Bundles an app as for a browser, minified, runs it in Node, and gives its JSON. */
async function runBundled(name: string, code: string): Promise<unknown> {
  // Backends that the app does not import itself.
  const external = [/^@tensorflow\/tfjs-backend-(wasm|webgl|webgpu)$/, "webgpu"];
  const bundled = await bundleOne(code, { external });
  const file = join(folder, `${name}.mjs`);
  await writeFile(file, `${BROWSER}${bundled}`);
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
  ["export", "exportOnnx"],
])("%s: %s", async (name, imported) => {
  const before = `import { ${imported} } from "@nnx-js/${name}"; console.log(typeof ${imported});`;
  expect(await runBundled(name, `${before}\n${APP}`)).toEqual(RIGHT);
});

test("tensor, imported after the backend and before the union package", async () => {
  const imports = `import "@nnx-js/tensor"; import "@tensorflow/tfjs-core/dist/register_all_gradients";`;
  const code = APP.replace("const product", `${imports} const product`);
  expect(await runBundled("tensor", code)).toEqual(RIGHT);
});

/** The modules that an app begins with, without those that imports by `import()` bring. */
async function modulesAtOnce(code: string): Promise<string[]> {
  return modulesOf(byArrival(await bundle(code, { external: [/^@tensorflow\//, "webgpu"] })).atOnce);
}

describe("before a backend is chosen", () => {
  test.each([
    ["Linear", `import { Linear } from "@nnx-js/nn"; globalThis.used = Linear;`],
    [
      "Linear, Rngs, view, sgd and grad",
      `import { Linear, Rngs, grad } from "@nnx-js/nn"; import { view } from "@nnx-js/view";
       import { sgd } from "@nnx-js/optim"; globalThis.used = [Linear, Rngs, grad, view, sgd];`,
    ],
    ["jit", `import { jit } from "@nnx-js/jit"; globalThis.used = jit;`],
  ])("%s brings no kernel, no gradient, and no code of a target", async (_, code) => {
    const modules = await modulesAtOnce(code);
    expect(modules.length).toBeGreaterThan(20);
    expect(
      modules.filter((file) =>
        /tensor\/src\/(kernels\/(sets|added|replaced|hosts|threefry|webgpu)|gradients)\/|jit\/src\/(lower|steps|targets\/(wasm\/(?!readable)|webgpu\/(?!device)))|nn\/src\/display\/(render|tree|html)/.test(
          file,
        ),
      ),
    ).toEqual([]);
  });

  test("Linear brings no abstract evaluation, no random stream and no other layer", async () => {
    const modules = await modulesAtOnce(`import { Linear } from "@nnx-js/nn"; globalThis.used = Linear;`);
    const wrong = modules.filter((file) =>
      /abstract\/(?!full)|random\/(rngs|rng-stream|sampler|discrete)|layers\/(?!linear|packed\.ts|params|checks|options|promote)/.test(
        file,
      ),
    );
    expect(wrong).toEqual([]);
  });
});

/** @file What happens to our kernels and gradients when others register theirs over them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Programs } from "./programs.ts";

let programs: Programs;
beforeAll(async () => {
  programs = await Programs.open();
});
afterAll(() => programs.close());

const CORE = `import * as tf from "@tensorflow/tfjs-core"; tf.env().set("PROD", true);`;
const OURS = `import { registerGradients, registerKernels } from "./tensor.mjs";`;
const READY = `await tf.ready();`;
const SYNC = `import { registerGradients, registerKernels } from "./sync.mjs";`;
const UNION = `import "@tensorflow/tfjs";`;
const CPU = `import "@tensorflow/tfjs-backend-cpu";`;
const REQUIRE = `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`;

describe("gradients", () => {
  /** The second derivative of tanh, which is 0 or an error with TensorFlow.js's own gradient. */
  const SECOND = `
    await tf.setBackend("cpu");
    print(tf.grad((x) => tf.grad((y) => tf.tanh(y))(x))(tf.scalar(0.5)).dataSync()[0]);`;
  const tanh = Math.tanh(0.5);
  const right = -2 * tanh * (1 - tanh * tanh);

  test("are wrong in the union package alone", async () => {
    const code = `${UNION} ${CORE} try { ${SECOND} } catch { print("error"); }`;
    expect((await programs.run(code)).result).not.toBeCloseTo(right, 4);
  });

  test.each([
    ["before ours", `${UNION} ${CORE} ${OURS}`],
    ["after ours", `${OURS} ${UNION} ${CORE}`],
    ["long after ours", `${OURS} ${CORE} ${CPU} ${READY} tf.add(1, 1); await import("@tensorflow/tfjs");`],
    ["after ours, by require", `${OURS} ${CORE} ${REQUIRE} require("@tensorflow/tfjs");`],
  ])("are ours when the union package is loaded %s", async (_, code) => {
    const { result, warnings } = await programs.run(`${code}\n${SECOND}`);
    expect(result).toBeCloseTo(right, 5);
    expect(warnings).not.toMatch(/Warning|Overriding/);
  });

  const OWN = `tf.registerGradient({ kernelName: "Square", gradFunc: () => ({ x: () => tf.scalar(99) }) });`;
  const SQUARE = `print(tf.grad((x) => tf.square(x))(tf.scalar(3)).dataSync()[0]);`;

  test.each([
    ["at once", `${SYNC} ${OWN}`],
    ["registered before ours come", `${OURS} ${OWN} ${READY}`],
    ["registered later", `${OURS} ${READY} ${OWN}`],
  ])("of somebody's own stay, %s", async (_, code) => {
    expect((await programs.run(`${CPU} ${CORE} ${code} ${SQUARE}`)).result).toBe(99);
  });

  test.each([
    ["when ours are there", `${READY} ${OWN} registerGradients();`],
    ["before ours come", `${OWN} registerGradients(); ${READY}`],
  ])("of somebody's own give way to registerGradients, %s", async (_, code) => {
    expect((await programs.run(`${CPU} ${CORE} ${OURS} ${code} ${SQUARE}`)).result).toBe(6);
  });
});

describe("kernels", () => {
  /** Broadcasts the batches in part, which cpu's own kernel answers with a wrong shape of memory. */
  const PRODUCT = `
    const product = () => [...tf.matMul(tf.ones([2, 1, 1, 2]), tf.ones([1, 3, 2, 1])).dataSync()];`;
  const RIGHT = [2, 2, 2, 2, 2, 2];
  const SEVEN = `({ backend }) => backend.makeTensorInfo([1], "float32", new Float32Array([7]))`;
  const OWN = `
    const mine = { kernelName: "BatchMatMul", backendName: "cpu", kernelFunc: ${SEVEN} };
    tf.unregisterKernel("BatchMatMul", "cpu");
    tf.registerKernel(mine);`;

  test.each([
    ["at once", `${SYNC} ${PRODUCT} ${OWN}`],
    ["registered before ours come", `${OURS} ${PRODUCT} ${OWN} ${READY}`],
    ["registered later", `${OURS} ${READY} ${PRODUCT} ${OWN}`],
  ])("of somebody's own stay, and the first use says so: %s", async (_, order) => {
    const code = `${CPU} ${CORE} ${order}
      console.warn = (message) => console.error("<" + message + ">");
      console.error("nothing yet");
      const results = [product(), product()];
      print({ results, isMine: tf.getKernel("BatchMatMul", "cpu") === mine });`;
    const { result, warnings } = await programs.run(code);
    expect(result).toEqual({ results: [[7], [7]], isMine: true });
    expect(warnings).toMatchInlineSnapshot(`
      "nothing yet
      <ReplacedKernelWarning: the kernel BatchMatMul of cpu was registered over that of @nnx-js/tensor, which is right where TensorFlow.js's is wrong. To have ours again: registerKernels() of @nnx-js/tensor. If the kernel is your own, all is well.>
      "
    `);
  });

  test.each([
    ["when ours are there", `${READY} ${OWN} registerKernels();`],
    ["before ours come", `${OWN} registerKernels(); ${READY}`],
  ])("of somebody's own give way to registerKernels, %s", async (_, order) => {
    const code = `${CPU} ${CORE} ${OURS} ${PRODUCT} ${order} print(product());`;
    const { result, warnings } = await programs.run(code);
    expect(result).toEqual(RIGHT);
    expect(warnings).not.toMatch(/Warning/);
  });

  test("that nothing of ours mends are replaced without a word", async () => {
    const code = `${CPU} ${CORE} ${OURS}
      const register = () => tf.registerKernel({ kernelName: "Mine", backendName: "cpu", kernelFunc: ${SEVEN} });
      register();
      tf.unregisterKernel("Mine", "cpu");
      register();
      ${READY}
      print([...tf.engine().runKernel("Mine", {}).dataSync()]);`;
    const { result, warnings } = await programs.run(code);
    expect(result).toEqual([7]);
    expect(warnings).toBe("");
  });

  test.each([
    ["cpu", ""],
    ["cpu, minified", ".min"],
  ])("of a second copy of %s are replaced again", async (_, kind) => {
    const code = `${CPU} ${CORE} ${OURS} ${REQUIRE} ${PRODUCT} ${READY}
      const first = product();
      require("@tensorflow/tfjs-backend-cpu/dist/tf-backend-cpu${kind}.js");
      print([first, product()]);`;
    const { result, warnings } = await programs.run(code);
    expect(result).toEqual([RIGHT, RIGHT]);
    expect(warnings).not.toMatch(/ReplacedKernelWarning/);
  });

  test("of a second copy of a wasm backend that is active are replaced again, and work", async () => {
    const code = `import "@tensorflow/tfjs-backend-wasm"; ${CORE} ${OURS} ${REQUIRE}
      await tf.setBackend("wasm");
      const matrix = tf.reshape(tf.range(1, 7), [3, 2]);
      require("@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.js");
      tf.matMul(tf.ones([2, 3]), matrix);
      print([...tf.matMul(tf.ones([1, 3]), matrix).dataSync()]);`;
    const { result, warnings } = await programs.run(code);
    expect(result).toEqual([9, 12]);
    expect(warnings).not.toMatch(/ReplacedKernelWarning/);
  });

  test("are put back at a kernel of before that is registered again", async () => {
    const code = `${CPU} ${CORE} ${PRODUCT}
      const before = tf.getKernel("BatchMatMul", "cpu");
      await import("./tensor.mjs");
      tf.unregisterKernel("BatchMatMul", "cpu");
      tf.registerKernel(before);
      ${READY}
      const first = product();
      tf.unregisterKernel("BatchMatMul", "cpu");
      tf.registerKernel(before);
      print([first, product()]);`;
    expect((await programs.run(code)).result).toEqual([RIGHT, RIGHT]);
  });

  test("are ours where the registry is frozen, from the next selection of the backend on", async () => {
    const code = `${CPU} ${CORE} ${PRODUCT}
      Object.freeze(globalThis._tfGlobals.get("kernelRegistry"));
      await import("./tensor.mjs");
      ${READY}
      const first = product();
      tf.unregisterKernel("BatchMatMul", "cpu");
      tf.registerKernel({ kernelName: "BatchMatMul", backendName: "cpu", kernelFunc: ${SEVEN} });
      await tf.setBackend("cpu");
      print([first, product().length]);`;
    expect((await programs.run(code)).result).toEqual([RIGHT, 6]);
  });

  test("of a second engine are warned of", async () => {
    const code = `${CPU} ${CORE} ${OURS}
      globalThis.window = { _tfengine: {} };
      await tf.setBackend("cpu");
      print(0);`;
    const { warnings } = await programs.run(code);
    expect(warnings).toMatch(/^SeveralEnginesWarning: .*npm ls @tensorflow\/tfjs-core/m);
  });

  test.each([
    ["that was used", "product();"],
    ["that was not used yet", ""],
  ])("of somebody's own, %s, stay when a second copy of this package comes", async (_, use) => {
    const code = `${CPU} ${CORE} ${OURS} ${PRODUCT} ${READY} ${OWN} ${use}
      const before = tf.getKernel("BatchMatMul", "cpu");
      await import("./tensor.mjs?second");
      await tf.setBackend("cpu");
      print([tf.getKernel("BatchMatMul", "cpu") === before, product()]);`;
    expect((await programs.run(code)).result).toEqual([true, [7]]);
  });

  test("of two copies of this package are one", async () => {
    const code = `${CPU} ${CORE} ${OURS} ${PRODUCT} ${READY}
      await import("./tensor.mjs?second");
      print({ results: product(), key: [...tf.add(1, 1).dataSync()] });`;
    const { result, warnings } = await programs.run(code);
    expect(result).toEqual({ results: RIGHT, key: [2] });
    expect(warnings).toBe("");
  });
});

/** @file The kernels of this package run in whatever order backends are imported, registered, selected and used. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Programs } from "./programs.ts";

let programs: Programs;
beforeAll(async () => {
  programs = await Programs.open();
});
afterAll(() => programs.close());

const CORE = `import * as tf from "@tensorflow/tfjs-core";`;
const OURS = `import { useBackend } from "./tensor.mjs";`;
const SYNC = `import "./sync.mjs";`;
const WASM = `import "@tensorflow/tfjs-backend-wasm";`;
const CPU = `import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";`;

/** What plain TensorFlow.js gets wrong on wasm: a convolution, a gradient, and a product after another. */
const ON_WASM = `
  const x = tf.reshape(tf.range(1, 19), [1, 2, 9, 1]);
  const convolved = tf.conv2d(x, tf.ones([3, 1, 1, 1]), [2, 3], "same");
  const windows = tf.tensor4d([-9, -8, -7, -6], [1, 2, 2, 1]);
  const pooled = tf.grad((x) => tf.maxPool(x, [2, 2], 1, "valid"))(windows);
  const matrix = tf.reshape(tf.range(1, 7), [3, 2]);
  tf.matMul(tf.ones([2, 3]), matrix);
  const product = tf.matMul(tf.ones([1, 3]), matrix);
  const counted = tf.unsortedSegmentSum(tf.ones([3]), tf.tensor1d([0, 2, 2], "int32"), 3);
  const results = [convolved, pooled, product, counted].map((each) => [...each.dataSync()]);
  print({ backend: tf.getBackend(), results });`;
const RIGHT_ON_WASM = [
  [11, 17, 23],
  [0, 0, 0, 1],
  [9, 12],
  [1, 0, 2],
];

/** On cpu: batches that broadcast in part, and the gradient of equal numbers. */
const ON_CPU = `
  const product = tf.matMul(tf.ones([2, 1, 1, 2]), tf.ones([1, 3, 2, 1]));
  const equal = tf.ones([1, 2, 2, 1]);
  const pooled = tf.grad((x) => tf.maxPool(x, [2, 2], 1, "valid"))(equal);
  const results = [product, pooled].map((each) => [...each.dataSync()]);
  print({ backend: tf.getBackend(), shape: product.shape, results });`;
const RIGHT_ON_CPU = [
  [2, 2, 2, 2, 2, 2],
  [1, 0, 0, 0],
];

test("random numbers alone bring their kernels", async () => {
  const { result } = await programs.run(
    `${CORE} import "@tensorflow/tfjs-backend-cpu"; import { bits, key } from "./random.mjs";
     await tf.setBackend("cpu");
     print([...bits(key(0), [2]).dataSync()]);`,
  );
  // jax.random.bits(jax.random.key(0), (2,)), as int32.
  expect(result).toEqual([-224_768_089, -91_998_574]);
});

describe("on wasm", () => {
  const orders: [name: string, code: string][] = [
    ["useBackend", `${CORE} ${OURS} await useBackend("wasm");`],
    ["tf.setBackend, ours imported first", `${OURS} ${CORE} ${WASM} await tf.setBackend("wasm");`],
    ["tf.setBackend, ours imported last", `${CORE} ${WASM} ${OURS} await tf.setBackend("wasm");`],
    ["tf.ready", `${WASM} ${CORE} ${OURS} await tf.ready();`],
    ["tf.ready, then useBackend", `${WASM} ${CORE} ${OURS} await tf.ready(); await useBackend("wasm");`],
    [
      "a backend that is active and used before ours is imported",
      `${WASM} ${CORE} await tf.setBackend("wasm"); tf.add(1, 1); await import("./tensor.mjs");
       await tf.ready();`,
    ],
    [
      "a backend that is being initialised when ours is imported",
      `${WASM} ${CORE} const set = tf.setBackend("wasm"); await import("./tensor.mjs"); await set;
       await tf.ready();`,
    ],
    [
      "the package of the backend imported long after ours",
      `${OURS} ${CORE} await useBackend("cpu"); tf.add(1, 1);
       await import("@tensorflow/tfjs-backend-wasm"); await tf.setBackend("wasm");`,
    ],
    [
      "a backend that was removed and registered again",
      `${WASM} ${CORE} ${OURS} await tf.setBackend("wasm"); tf.add(1, 1);
       const factory = tf.findBackendFactory("wasm");
       tf.removeBackend("wasm"); tf.registerBackend("wasm", factory); await tf.setBackend("wasm");`,
    ],
    [
      "an engine that was reset",
      `${WASM} ${CORE} ${OURS} await tf.setBackend("wasm"); tf.add(1, 1);
       tf.engine().reset(); await tf.setBackend("wasm");`,
    ],
    [
      "other backends in between",
      `${WASM} ${CPU} ${CORE} ${OURS} await tf.setBackend("cpu"); tf.add(1, 1);
       await tf.setBackend("wasm"); await tf.setBackend("cpu"); await tf.setBackend("wasm");`,
    ],
  ];

  test.each(orders)("%s", async (_, code) => {
    const { result, warnings } = await programs.run(`${code}\n${ON_WASM}`);
    expect(result).toEqual({ backend: "wasm", results: RIGHT_ON_WASM });
    expect(warnings).not.toMatch(/regist|Warning/);
  });
});

describe("on cpu", () => {
  const orders: [name: string, code: string][] = [
    ["chosen by tf.ready", `${CPU} ${CORE} ${OURS} await tf.ready();`],
    ["chosen by two calls of tf.ready", `${CPU} ${CORE} ${OURS} void tf.ready(); await tf.ready();`],
    ["chosen by the first operation", `${CPU} ${CORE} ${SYNC}`],
    ["chosen by tf.setBackend, which nobody waits for", `${CPU} ${CORE} ${SYNC} void tf.setBackend("cpu");`],
    [
      "used before ours is imported",
      `${CPU} ${CORE} tf.ones([1]); await import("./tensor.mjs"); await tf.ready();`,
    ],
    [
      "used before ours is imported, with all kernels",
      `${CPU} ${CORE} tf.add(1, 1); await import("./sync.mjs");`,
    ],
    ["used before useBackend", `${CPU} ${CORE} ${OURS} tf.ones([1]); await useBackend("cpu");`],
    [
      "chosen while tf.ready makes another",
      `${WASM} ${CPU} ${CORE} ${OURS} const ready = tf.ready(); await useBackend("cpu"); await ready;`,
    ],
    [
      "chosen after tf.ready, whose first call nobody waits for",
      `${CPU} ${CORE} ${SYNC} tf.registerBackend("slow", () => new Promise(() => {}), 9); void tf.ready();
       const { useBackend } = await import("./sync.mjs");
       await useBackend("cpu", { timeout: 50 }); await tf.ready();`,
    ],
    [
      "removed and registered again",
      `${CPU} ${CORE} ${OURS} await tf.ready(); tf.ones([1]); tf.removeBackend("cpu");
       tf.registerBackend("cpu", () => new MathBackendCPU());`,
    ],
  ];

  test.each(orders)("%s", async (_, code) => {
    const { result } = await programs.run(`${code}\n${ON_CPU}`);
    expect(result).toEqual({ backend: "cpu", shape: [2, 3, 1, 1], results: RIGHT_ON_CPU });
  });

  const copied = `tf.registerBackend("mine", () => new MathBackendCPU()); tf.copyRegisteredKernels("cpu", "mine");`;
  const names: [name: string, code: string][] = [
    ["copied before ours is imported", `${CPU} ${CORE} ${copied} await import("./tensor.mjs");`],
    ["copied after", `${CPU} ${CORE} ${OURS} ${copied}`],
    [
      "made while tf.ready is already under way",
      `${CPU} ${CORE} ${SYNC} await tf.setBackend("cpu"); tf.copyRegisteredKernels("cpu", "mine");
       tf.registerBackend("mine", () => new Promise((done) => setTimeout(() => done(new MathBackendCPU()), 100)));
       void tf.ready(); const set = tf.setBackend("mine"); await tf.ready(); tf.ones([1]).dataSync(); await set;`,
    ],
    [
      "kernel by kernel of before",
      `${CPU} ${CORE} const kernels = tf.getKernelsForBackend("cpu"); await import("./tensor.mjs");
       tf.registerBackend("mine", () => new MathBackendCPU());
       for (const kernel of kernels) tf.registerKernel({ ...kernel, backendName: "mine" });`,
    ],
  ];

  test.each(names)("under another name, %s", async (_, code) => {
    const { result } = await programs.run(`${code} await tf.setBackend("mine");\n${ON_CPU}`);
    expect(result).toEqual({ backend: "mine", shape: [2, 3, 1, 1], results: RIGHT_ON_CPU });
  });
});

describe("an operation that comes before our kernels", () => {
  const early: [name: string, code: string][] = [
    ["the first one", `${CPU} ${CORE} ${OURS}`],
    ["after tf.setBackend, which nobody waits for", `${CPU} ${CORE} ${OURS} void tf.setBackend("cpu");`],
    [
      "on a copy of a backend",
      `${CPU} ${CORE} tf.registerBackend("mine", () => new MathBackendCPU(), 9);
       tf.copyRegisteredKernels("cpu", "mine"); await import("./tensor.mjs");`,
    ],
    [
      "on a copy that was made after an operation that it lacked",
      `${CPU} ${CORE} ${OURS} tf.registerBackend("mine", () => new MathBackendCPU()); await tf.setBackend("mine");
       try { tf.add(1, 1); } catch {} tf.copyRegisteredKernels("cpu", "mine");`,
    ],
  ];

  test.each(early)("is refused, not answered wrongly, and works later: %s", async (_, code) => {
    const { result } = await programs.run(`${code}
      let refused = "";
      try { tf.matMul(tf.ones([2, 1, 1, 2]), tf.ones([1, 3, 2, 1])); } catch (error) { refused = error.message; }
      await tf.ready();
      const product = tf.matMul(tf.ones([2, 1, 1, 2]), tf.ones([1, 3, 2, 1]));
      print({ refused, product: [...product.dataSync()] });`);
    expect(result).toEqual({
      refused: expect.stringMatching(
        /^BatchMatMul: expected what @nnx-js\/tensor loads with the backend (cpu|mine), found that they are not/,
      ),
      product: RIGHT_ON_CPU[0],
    });
  });

  test("is answered by a backend of somebody's own, which we have nothing for", async () => {
    const { result } = await programs.run(`${CPU} ${CORE} ${OURS}
      tf.registerBackend("own", () => new MathBackendCPU(), 9);
      const kernelFunc = ({ backend }) => backend.makeTensorInfo([1], "float32", new Float32Array([7]));
      tf.registerKernel({ kernelName: "Add", backendName: "own", kernelFunc });
      print([...tf.add(1, 1).dataSync()]);`);
    expect(result).toEqual([7]);
  });

  test("is none where another copy of the package has loaded what it needs", async () => {
    const { result } = await programs.run(`${CPU} ${CORE} ${OURS} await useBackend("cpu");
      await import("./split/tensor.mjs");
      print([...tf.grad((x) => tf.tanh(x))(tf.scalar(0)).dataSync(), ...tf.sign(tf.scalar(1)).dataSync()]);`);
    expect(result).toEqual([1, 1]);
  });

  test("has no gradient either", async () => {
    const { result } = await programs.run(`${CPU} ${CORE} ${OURS}
      let refused = "";
      try { tf.grad((x) => tf.tanh(x))(tf.scalar(0)); } catch (error) { refused = error.message; }
      await tf.ready();
      print([refused, tf.grad((x) => tf.tanh(x))(tf.scalar(0)).dataSync()[0]]);`);
    expect(result).toEqual([expect.stringContaining("await useBackend("), 1]);
  });
});

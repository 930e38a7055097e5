/** @file Registration of the gradients in plain Node and beside other registrations. */
import { registerGradients } from "@nnx-js/tensor";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  registerGradients();
  vi.restoreAllMocks();
});

const EVERYTHING = fileURLToPath(new URL("../../src/kernels.ts", import.meta.url));

/** The package, with all gradients at once, as one JavaScript module: Node 20 cannot read TypeScript. */
async function bundleOfGradients(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "silent",
    resolve: { conditions: ["@nnx-js/source", "node"] },
    build: {
      ssr: EVERYTHING,
      write: false,
      minify: false,
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
  const [bundle] = Array.isArray(built) ? built : [built];
  if (!bundle || !("output" in bundle)) throw new Error("expected one bundle of the gradients");
  return bundle.output[0].code;
}

/** Runs an ES module in a fresh plain Node, in this folder, and gives what it printed last. */
function inNode(code: string): string {
  const output = execFileSync(process.execPath, ["--input-type=module", "-"], {
    input: code,
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    encoding: "utf8",
  });
  return output.trim().split("\n").at(-1) ?? "";
}

/** Prints the derivative of tanh at 0, or why there is none. */
const DERIVATIVE = `
  const core = await import("@tensorflow/tfjs-core");
  core.env().set("IS_TEST", true);
  await import("@tensorflow/tfjs-backend-cpu");
  try {
    console.log((await core.grad((x) => core.tanh(x))(core.scalar(0)).data())[0]);
  } catch (error) {
    console.log(error.message);
  }`;

test("in plain Node tf.grad fails with tfjs-core alone and works once the gradients are imported", async () => {
  expect(inNode(DERIVATIVE)).toMatch(/gradient function not found for Tanh/);
  expect(inNode(`${await bundleOfGradients()}\n${DERIVATIVE}`)).toBe("1");
});

test("registering again, even over another package's gradients and in debug mode, warns of nothing", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  tf.unregisterGradient(tf.Square);
  tf.registerGradient({ kernelName: tf.Square, gradFunc: () => ({ x: () => tf.scalar(99) }) });
  tf.env().set("DEBUG", true);
  try {
    registerGradients();
  } finally {
    tf.env().set("DEBUG", false);
  }
  const overriding = warn.mock.calls.filter(([message]) => String(message).includes("Overriding"));
  expect(overriding).toEqual([]);
  await expect(tf.grad((x) => tf.square(x))(tf.scalar(3))).toBeAllClose([6]);
});

test("gradients leave no tensor behind, in first and in second order", async () => {
  const x = tf.tensor2d([[0.3, -0.2, 0.9]]);
  const loss = (y: tf.Tensor) =>
    tf.sum(tf.mul(tf.logSoftmax(tf.tanh(y)), tf.gather(y, tf.tensor1d([0], "int32"))));
  await expectNoLeak(() => tf.dispose(tf.grad(loss)(x)));
  await expectNoLeak(() => tf.dispose(tf.grad((y) => tf.sum(tf.square(tf.grad(loss)(y))))(x)));
});

/** Kernels of the cpu backend through which no gradient flows, and why. */
const WITHOUT_GRADIENT: Record<string, string[]> = {
  "have no input of floating point": [
    "Fill",
    "Int8Unpack",
    "IntegerPower",
    "LinSpace",
    "Range",
    "StaticRegexReplace",
    "StringNGrams",
    "StringSplit",
    "StringToHashBucketFast",
    "ThreefryPermutation",
  ],
  "are complex, and TensorFlow.js's tape refuses gradients that are": [
    "Complex",
    "ComplexAbs",
    "FFT",
    "IFFT",
    "Imag",
    "Real",
  ],
  "are run by operations that bring a gradient of their own": [
    "FusedConv2D",
    "FusedDepthwiseConv2D",
    "_FusedMatMul",
  ],
  "are run by no operation but the gradients of TensorFlow.js, which are replaced": [
    "Dilation2DBackpropFilter",
    "Dilation2DBackpropInput",
    "EluGrad",
    "LRNGrad",
    "ResizeBilinearGrad",
    "ResizeNearestNeighborGrad",
  ],
  "choose, sample or draw": [
    "BroadcastArgs",
    "CropAndResize",
    "Draw",
    "NonMaxSuppressionV5",
    "RaggedGather",
    "RaggedRange",
    "RaggedTensorToTensor",
    "RotateWithOffset",
    "SparseFillEmptyRows",
    "SparseReshape",
    "Transform",
    "Unique",
  ],
};

test("every other kernel of the cpu backend has a gradient", () => {
  const known = new Set(Object.values(WITHOUT_GRADIENT).flat());
  const without = tf
    .getKernelsForBackend("cpu")
    .map(({ kernelName }) => kernelName)
    .filter((name) => !tf.getGradient(name));
  expect(new Set(without)).toEqual(known);
});

/** @file Registration of the gradients in plain Node and beside other registrations. */
import { registerGradients } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test, vi } from "vitest";
import { expectNoLeak } from "@nnx-js/testing";

afterEach(() => {
  registerGradients();
  vi.restoreAllMocks();
});

/** Runs an ES module in a fresh plain Node, in this folder, and gives what it printed last. */
function inNode(code: string): string {
  const output = execFileSync(
    process.execPath,
    [
      "--conditions=@nnx-js/source",
      "--experimental-strip-types",
      "--no-warnings",
      "--input-type=module",
      "-e",
      code,
    ],
    { cwd: fileURLToPath(new URL(".", import.meta.url)), encoding: "utf8" },
  );
  return output.trim().split("\n").at(-1) ?? "";
}

const GRADIENT = `
  import * as tf from "@tensorflow/tfjs-core";
  import "@tensorflow/tfjs-backend-cpu";
  tf.env().set("IS_TEST", true);
  await import(process.env.IMPORT ?? "@tensorflow/tfjs-core");
`;

test("importing the package is all that tf.grad needs in plain Node", () => {
  const code = `${GRADIENT}
    try {
      console.log((await tf.grad((x) => tf.tanh(x))(tf.scalar(0)).data())[0]);
    } catch (error) { console.log(error.message); }`;
  expect(inNode(code)).toMatch(/Cannot compute gradient/);
  expect(inNode(`import "../../src/gradients/index.ts"; ${code}`)).toBe("1");
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

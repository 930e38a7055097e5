/** @file `debugNaN` names turns and lanes, compiled. */
import { jit } from "@nnx-js/jit";
import { debugNaN } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";
import { CASES } from "../../../nn/test/transforms/derivatives/debug-nan-inside.ts";

const isWebgpu = inject("backend") === "webgpu";
const TARGETS = isWebgpu ? (["webgpu"] as const) : (["wasm", "kernels"] as const);
// The number of turns of `whileLoop` depends on values, which the target webgpu refuses.
const cases = Object.entries(CASES).filter(([name]) => !(isWebgpu && /while|condition/i.test(name)));

describe.each(TARGETS)("%s", (target) => {
  test.each(cases)("%s", async (_, { f, fine, found }) => {
    const checked = debugNaN(f);
    using compiled = jit(checked, { name: "checked", target });
    compiled(tf.tensor1d(fine));
    await checked.check();
    for (const [x, { kernelName, turns, lanes }] of found) {
      compiled(tf.tensor1d(x));
      compiled(tf.tensor1d(x));
      await expect(checked.check()).rejects.toMatchObject({
        kernelName: kernelName === "" ? undefined : kernelName,
        turns,
        lanes,
        message: expect.stringMatching(
          kernelName === "" ? /an argument/ : /debug-nan-inside\.ts:\d+/,
        ) as string,
      });
      await checked.check();
    }
    checked.dispose();
  });
});

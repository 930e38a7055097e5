/** @file `debugNaN` names turns and lanes, compiled. */
import { jit } from "@nnx-js/jit";
import { debugNaN } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { CASES } from "../../../nn/test/transforms/derivatives/debug-nan-inside.ts";

describe.each(["wasm", "kernels"] as const)("%s", (target) => {
  test.each(Object.entries(CASES))("%s", async (_, { f, fine, found }) => {
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

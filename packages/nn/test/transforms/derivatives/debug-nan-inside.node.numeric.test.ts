/** @file `debugNaN` names turns and lanes, eagerly. */
import { debugNaN, NaNError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, inject, test } from "vitest";
import { CASES } from "./debug-nan-inside.ts";

test.skipIf(inject("backend") === "webgpu").each(Object.entries(CASES))("%s", (_, { f, fine, found }) => {
  const checked = debugNaN(f);
  tf.dispose(checked(tf.tensor1d(fine)));
  for (const [x, { kernelName, turns, lanes }] of found) {
    let error: unknown;
    try {
      checked(tf.tensor1d(x));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(NaNError);
    const { message, ...place } = error as NaNError;
    expect([place.kernelName ?? "", place.turns, place.lanes, message]).toEqual([
      kernelName,
      turns,
      lanes,
      expect.stringMatching(kernelName === "" ? /an argument/ : /debug-nan-inside\.ts:\d+/),
    ]);
  }
  checked.dispose();
});

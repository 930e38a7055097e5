/** @file Computing without being differentiated, on each backend. */
import { AsyncFunctionError, noGradient, stopGradient } from "@nnx-js/tensor";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";

type Loss = (x: tf.Tensor) => tf.Tensor;

const square: Loss = (x) => tf.mul(x, x);
const cube: Loss = (x) => tf.mul(x, square(x));
const atThree = async (loss: Loss) => (await tf.grad(loss)(tf.scalar(3)).data())[0];

describe("noGradient", () => {
  it("makes what is computed inside a constant", async () => {
    expect(await atThree((x) => tf.mul(x, square(x)))).toBeCloseTo(27, 4);
    expect(
      await atThree((x) =>
        tf.mul(
          x,
          noGradient(() => square(x)),
        ),
      ),
    ).toBeCloseTo(9, 4);
  });

  it("holds for the second order", async () => {
    expect(await atThree((x) => tf.grad(cube)(x))).toBeCloseTo(18, 4);
    // d/dx (x · c) = c, and c is a constant for the outer derivative too: only x² is left of x² + c.
    expect(
      await atThree((x) =>
        tf.grad((y) =>
          tf.add(
            square(y),
            tf.mul(
              y,
              noGradient(() => square(y)),
            ),
          ),
        )(x),
      ),
    ).toBeCloseTo(2, 4);
  });

  it("lets gradients be taken inside, as constants for those outside", async () => {
    expect(
      await atThree((x) =>
        tf.mul(
          x,
          noGradient(() => tf.grad(square)(x)),
        ),
      ),
    ).toBeCloseTo(6, 4);
    expect(
      await atThree((x) =>
        tf.mul(
          noGradient(() => stopGradient(tf.scalar(2))),
          x,
        ),
      ),
    ).toBeCloseTo(2, 4);
  });

  it("resumes after an exception", async () => {
    const gradient = await atThree((x) => {
      expect(() =>
        noGradient(() => {
          throw new RangeError("mine");
        }),
      ).toThrow(RangeError);
      return square(x);
    });
    expect(gradient).toBeCloseTo(6, 4);
  });

  it("changes nothing outside of gradients", async () => {
    await expect(noGradient(() => square(tf.scalar(3)))).toBeAllClose([9]);
    expect(await atThree(square)).toBeCloseTo(6, 4);
  });

  it("works inside tf.customGrad", async () => {
    const custom = tf.customGrad((x) => ({
      value: noGradient(() => tf.mul(x as tf.Tensor, 2)),
      gradFunc: (dy) => tf.mul(dy, 5),
    }));
    expect(await atThree((x) => custom(x))).toBeCloseTo(5, 4);
  });

  it("keeps nothing", async () => {
    const x = tf.scalar(3);
    const step = () =>
      tf.tidy(() => {
        tf.grad((y) =>
          tf.mul(
            y,
            noGradient(() => tf.grad(square)(y)),
          ),
        )(x);
      });
    await expect(expectNoLeak(step)).resolves.toBeUndefined();
    x.dispose();
  });

  it("refuses asynchronous functions", () => {
    expect(() => noGradient(() => Promise.resolve(1))).toThrow(AsyncFunctionError);
  });
});

describe("stopGradient", () => {
  it("gives the same values as a constant", async () => {
    await expect(stopGradient(tf.tensor1d([1, 2]))).toBeAllClose([1, 2]);
    expect(await atThree((x) => tf.mul(square(x), stopGradient(x)))).toBeCloseTo(18, 4);
  });

  it("gives a tensor of its own, so that the argument can be disposed of", async () => {
    const x = tf.tensor1d([1, 2]);
    const y = stopGradient(x);
    x.dispose();
    await expect(y).toBeAllClose([1, 2]);
    y.dispose();
  });
});

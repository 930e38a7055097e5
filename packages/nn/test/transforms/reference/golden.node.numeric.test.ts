import { customVjp, grad, scan, vmap } from "@nnx-js/nn";
import { fromGolden, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, inject, test } from "vitest";
import figures from "../../golden/transforms.json" with { type: "json" };
import { expectLikeFlax } from "../../golden.ts";
import { CASES, REFERENCE } from "./cases.ts";

const isWebgpu = inject("backend") === "webgpu";

test.for(CASES)("$name gives the outputs, state and gradients of Flax", async (item, { skip }) => {
  // The condition of a loop is read at once, as is what TensorFlow.js tiles along five axes; in Node that cannot be.
  skip(/while_loop|fori_loop.nested|vmap.convolutions/.test(item.name) && isWebgpu);
  await expectLikeFlax(item, REFERENCE[item.name]!);
});

test("all cases are compared", () => {
  expect(Object.keys(REFERENCE).sort()).toEqual(CASES.map(({ name }) => name).sort());
});

const bent = customVjp((x: tf.Tensor) => tf.tanh(x), {
  forward: (x) => [tf.tanh(x), tf.tanh(x)],
  backward: (y, gradient) => [tf.mul(tf.sin(gradient), tf.sub(1, tf.square(y)))],
});
const loss = (...ys: tf.Tensor[]) => tf.addN(ys.map((y, j) => tf.sum(tf.mul(y, wave(y.shape, 1, 1.1 + j)))));
const RULES = {
  plain: (x: tf.Tensor) => loss(tf.square(bent(x))),
  lanes: (x: tf.Tensor) => loss(tf.square(vmap((x: tf.Tensor) => bent(x))(x))),
  loop: (x: tf.Tensor) =>
    loss(
      ...scan(
        (c: tf.Tensor, x: tf.Tensor) => [bent(tf.add(c, x)), tf.mul(c, x)] as const,
        tf.gather(x, tf.scalar(0, "int32")),
        x,
      ),
    ),
};

// A sine there may be off by 2^-11, as WGSL allows.
test.skipIf(isWebgpu).each(Object.entries(RULES))(
  "a rule is for the innermost gradient: %s",
  async (name, f) => {
    const x = fromGolden(figures.rules.input);
    const ofSquares = (g: (x: tf.Tensor) => tf.Tensor) => grad((x: tf.Tensor) => tf.sum(tf.square(g(x))));
    const first = grad(f);
    const second = ofSquares(first);
    const [one, two, three] = figures.rules[name as keyof typeof RULES];
    await expect(first(x)).toBeAllClose(one!);
    await expect(second(x)).toBeAllClose(two!, { scaled: true });
    await expect(ofSquares(second)(x)).toBeAllClose(three!, { scaled: true });
  },
);

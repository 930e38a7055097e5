/** @file Compiled quantised models compute what they compute eagerly, and share what views share. */
import { jit } from "@nnx-js/jit";
import { Conv, Embed, Linear, Module, MultiHeadAttention, quantize, relu, Rngs } from "@nnx-js/nn";
import { view } from "@nnx-js/view";
import { Dropout } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

class Model extends Module {
  readonly embed: Embed;
  readonly conv: Conv;
  readonly attention: MultiHeadAttention;
  readonly dropout = new Dropout(0.5);
  readonly out: Linear;

  constructor(rngs: Rngs) {
    super();
    this.embed = new Embed(30, 24, { rngs });
    this.conv = new Conv(24, 32, [3], { rngs });
    this.attention = new MultiHeadAttention(4, 32, { decode: false, rngs });
    this.out = new Linear(32, 40, { rngs });
  }

  forward(tokens: tf.Tensor, { rngs }: { rngs?: Rngs | undefined } = {}): tf.Tensor {
    const x = relu(this.conv.forward(this.embed.forward(tokens)));
    return this.out.forward(this.dropout.forward(this.attention.forward(x), { rngs }));
  }
}

const forward = (model: Model, tokens: tf.Tensor, rngs?: Rngs) => model.forward(tokens, rngs ? { rngs } : {});

test.each([
  [1, 1],
  [1, 5],
  [3, 7],
])("%i sentences of %i tokens", async (batch, length) => {
  const { model } = await quantize(new Model(new Rngs(0)));
  const evaluated = view(model, { deterministic: true });
  const tokens = tf.tidy(() => tf.cast(tf.reshape(tf.range(0, batch * length), [batch, length]), "int32"));
  const compiled = jit(forward);
  const eager = Array.from(await evaluated.forward(tokens).data());
  for (let call = 0; call < 2; call++) {
    await expect(compiled(evaluated, tokens)).toBeAllClose(eager, { rtol: 1e-5, atol: 1e-5 });
  }
  compiled.dispose();
});

test("modes of views are kept, and kernels are shared", async () => {
  const { model } = await quantize(view(new Model(new Rngs(0)), { deterministic: true }));
  const trained = view(model, { deterministic: false });
  expect([model.dropout.deterministic, trained.dropout.deterministic]).toEqual([true, false]);
  expect((trained.out.kernel as unknown as { words: unknown }).words).toBe(
    (model.out.kernel as unknown as { words: unknown }).words,
  );
  const compiled = jit(forward);
  const tokens = tf.tensor([[1, 2, 3]], [1, 3], "int32");
  const [a, b] = [compiled(model, tokens), compiled(trained, tokens, new Rngs(1))];
  expect(Array.from(await a.data())).not.toEqual(Array.from(await b.data()));
  compiled.dispose();
});

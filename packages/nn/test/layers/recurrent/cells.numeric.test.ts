import {
  Bidirectional,
  Dropout,
  grad,
  GRUCell,
  initializers,
  LSTMCell,
  OptimizedLSTMCell,
  RNN,
  type RNNCellBase,
  Rngs,
  SimpleCell,
} from "@nnx-js/nn";
import { finiteDifference, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const R = (seed = 0) => ({ rngs: new Rngs(seed) });

test.each<[string, () => RNNCellBase]>([
  ["LSTMCell", () => new LSTMCell(2, 3, R())],
  ["OptimizedLSTMCell", () => new OptimizedLSTMCell(2, 3, R())],
  ["GRUCell", () => new GRUCell(2, 3, R())],
  [
    "GRUCell with recurrent bias",
    () => new GRUCell(2, 3, { ...R(), useRecurrentBias: true, biasInit: initializers.normal(1) }),
  ],
  ["SimpleCell", () => new SimpleCell(2, 3, { ...R(), residual: true })],
])("the gradient of %s over padded sequences agrees with finite differences", async (_, make) => {
  const rnn = new RNN(make(), { reverse: true, returnCarry: true });
  const seqLengths = tf.tensor1d([2, 3], "int32");
  const loss = (x: tf.Tensor) => {
    const [carry, y] = rnn.forward(x, { seqLengths });
    const parts = [carry, y].flat() as tf.Tensor[];
    return tf.addN(parts.map((part, i) => tf.sum(tf.mul(part, wave(part.shape, 1, i)))));
  };
  const [x, direction] = [wave([2, 3, 2]), wave([2, 3, 2], 1, 0.7)];
  const along = tf.sum(tf.mul(grad(loss)(x), direction));
  // Five-point differences in float32 are good for some 1e-5 of the loss.
  await expect(along).toBeAllClose([await finiteDifference(loss, [x], [direction])], {
    rtol: 1e-3,
    atol: 1e-4,
  });
});

test("OptimizedLSTMCell with the kernels of an LSTMCell side by side gives the same", async () => {
  const cell = new LSTMCell(2, 3, { ...R(), biasInit: initializers.normal(1) });
  const optimized = new OptimizedLSTMCell(2, 3, R());
  const { ii, if_, ig, io, hi, hf, hg, ho } = cell;
  const gates = [hi, hf, hg, ho];
  optimized.denseI.kernel.value = tf.concat(
    [ii, if_, ig, io].map((gate) => gate.kernel.value),
    1,
  );
  optimized.denseH.kernel.value = tf.concat(
    gates.map((gate) => gate.kernel.value),
    1,
  );
  optimized.denseH.bias!.value = tf.concat(
    gates.map((gate) => gate.bias!.value),
    0,
  );
  const carry: [tf.Tensor, tf.Tensor] = [wave([2, 3]), wave([2, 3], 1, 1)];
  const x = wave([2, 2], 2);
  const [[c, h]] = cell.forward(carry, x);
  const [[cOptimized, hOptimized], y] = optimized.forward(carry, x);
  await expect(cOptimized).toBeAllClose(c);
  await expect(hOptimized).toBeAllClose(h);
  await expect(y).toBeAllClose(h);
});

test("a residual SimpleCell adds what it carries once more, and functions can be given", async () => {
  const options = { activationFn: tf.relu, kernelInit: initializers.constant(0.5) };
  const cell = new SimpleCell(2, 3, { ...R(), ...options, recurrentKernelInit: initializers.zerosInit() });
  const residual = new SimpleCell(2, 3, {
    ...R(),
    ...options,
    recurrentKernelInit: initializers.zerosInit(),
    biasInit: initializers.onesInit(),
    residual: true,
  });
  const [carry, x] = [tf.tensor2d([[-9, 0, 2]]), tf.tensor2d([[1, 3]])];
  await expect(cell.forward(carry, x)[1]).toBeAllClose([2, 2, 2]);
  await expect(residual.forward(carry, x)[1]).toBeAllClose([0, 3, 5]);
});

test("gateFn, activationFn and initialisers take the place of the defaults", async () => {
  const ones = initializers.onesInit();
  const options = {
    ...R(),
    gateFn: (x: tf.Tensor) => x,
    activationFn: (x: tf.Tensor) => tf.mul(x, 2),
    kernelInit: ones,
    recurrentKernelInit: ones,
    biasInit: ones,
  };
  const [x, one] = [tf.tensor2d([[1]]), tf.tensor2d([[1]])];
  // All gates are 1 + 1 + 1, the candidate is twice that: c' = 3 + 3 * 6, h' = 3 * 2 * c'.
  for (const Cell of [LSTMCell, OptimizedLSTMCell]) {
    const [[c], y] = new Cell(1, 1, options).forward([one, one], x);
    await expect(c).toBeAllClose([21]);
    await expect(y).toBeAllClose([126]);
  }
  // r = z = 2 + 1, n = 2 * (2 + 3 * 1), h' = (1 - 3) * n + 3 * h.
  await expect(new GRUCell(1, 1, options).forward(one, x)[1]).toBeAllClose([-17]);
});

describe("the first carry", () => {
  test("is zero, or what an initialiser makes of the stream's keys", async () => {
    const cell = new LSTMCell(2, 3, { ...R(), carryInit: initializers.normal(1) });
    await expect(new GRUCell(2, 3, R()).initializeCarry([2, 2], R())).toBeAllClose(tf.zeros([2, 3]));
    const [c, h] = cell.initializeCarry([4, 2], R(5));
    const rngs = new Rngs(5);
    await expect(c).toBeAllClose(rngs.normal([4, 3]));
    await expect(h).toBeAllClose(rngs.normal([4, 3]));
    const [one] = cell.initializeCarry([2], {
      rngs: new Rngs(5).stream(),
      carryInit: initializers.onesInit(),
    });
    await expect(one).toBeAllClose([1, 1, 1]);
  });

  test("of an RNN comes from its own stream, or from a fork of that of the call", async () => {
    const cell = () => new SimpleCell(2, 3, { ...R(), carryInit: initializers.normal(1) });
    const x = tf.ones([2, 1, 2]);
    const run = (carry: tf.Tensor) => cell().forward(carry, tf.ones([2, 2]))[1];
    const own = new RNN(cell());
    const kept = new Rngs(0);
    await expect(tf.squeeze(own.forward(x), [1])).toBeAllClose(run(kept.normal([2, 3])));
    await expect(tf.squeeze(own.forward(x), [1])).toBeAllClose(run(kept.normal([2, 3])));
    const forked = run(new Rngs(7).fork().normal([2, 3]));
    await expect(tf.squeeze(own.forward(x, R(7)), [1])).toBeAllClose(forked);
    await expect(tf.squeeze(new RNN(cell(), R(7)).forward(x), [1])).toBeAllClose(forked);
    const stream = run(new Rngs(7).normal([2, 3]));
    await expect(tf.squeeze(own.forward(x, { rngs: new Rngs(7).stream() }), [1])).toBeAllClose(stream);
  });

  test("of both directions comes from one stream, forward first", async () => {
    const cell = () => new SimpleCell(2, 3, { ...R(), carryInit: initializers.normal(1) });
    const model = new Bidirectional(new RNN(cell()), new RNN(cell()));
    const rngs = new Rngs(0);
    const carries = [rngs.normal([3]), rngs.normal([3])];
    const expected = carries.map((carry) => cell().forward(carry, tf.ones([2]))[1]);
    await expect(tf.squeeze(model.forward(tf.ones([1, 2])), [0])).toBeAllClose(tf.concat(expected));
  });
});

describe("dropout in a cell", () => {
  class DroppingCell extends SimpleCell {
    readonly dropout: Dropout;
    constructor(features: number, { rngs }: { rngs: Rngs }) {
      super(features, features, { rngs, recurrentKernelInit: initializers.zerosInit() });
      this.dropout = new Dropout(0.5, { rngs, rngCollection: "recurrentDropout" });
    }
    override forward(carry: tf.Tensor, x: tf.Tensor): [tf.Tensor, tf.Tensor] {
      return [carry, this.dropout.forward(tf.onesLike(x))];
    }
  }
  const make = () => new DroppingCell(16, { rngs: new Rngs({ params: 0, recurrentDropout: 1 }) });
  const x = () => tf.ones([4, 16]);

  test("drops anew at every step, as Flax does", async () => {
    const cell = make();
    const rnn = new RNN(make());
    const masks = [0, 1, 2, 3].map(() => cell.dropout.forward(tf.ones([16])));
    await expect(rnn.forward(x())).toBeAllClose(tf.stack(masks));
    expect([...(await rnn.cell.dropout.rngs!.count.value.data())]).toEqual([4]);
  });

  test("drops the same at every step where broadcastRngs selects its stream, and anew at the next call", async () => {
    const rnn = new RNN(make(), { broadcastRngs: "recurrentDropout" });
    const stream = rnn.cell.dropout.rngs!;
    const key = [...(await stream.key.value.data())];
    const [first, second] = [rnn.forward(x()), rnn.forward(x())];
    for (const y of [first, second]) {
      const [mask] = tf.unstack(y);
      await expect(y).toBeAllClose(tf.stack([mask!, mask!, mask!, mask!]));
    }
    expect([...(await first.data())]).not.toEqual([...(await second.data())]);
    expect([...(await stream.key.value.data())]).toEqual(key);
    expect([...(await stream.count.value.data())]).toEqual([2]);
  });

  test("takes the keys of the call where the cell has none", async () => {
    class CallCell extends SimpleCell {
      readonly dropout = new Dropout(0.5);
      override forward(
        carry: tf.Tensor,
        step: tf.Tensor,
        options: { rngs?: Rngs } = {},
      ): [tf.Tensor, tf.Tensor] {
        return [carry, this.dropout.forward(step, options)];
      }
    }
    const rngs = new Rngs({ carry: 0, dropout: 1 });
    const y = new RNN(new CallCell(16, 16, R())).forward(x(), { rngs });
    const masks = new Rngs({ dropout: 1 });
    const dropout = new Dropout(0.5);
    const expected = [0, 1, 2, 3].map(() => dropout.forward(tf.ones([16]), { rngs: masks }));
    await expect(y).toBeAllClose(tf.stack(expected));
  });
});

test("the recurrent bias of a GRUCell is multiplied with the reset gate, that of the input is not", async () => {
  const cell = new GRUCell(1, 1, { ...R(), kernelInit: initializers.zeros, useRecurrentBias: true });
  cell.denseI.bias!.value = tf.tensor1d([Math.log(3), 0, 0.25]);
  cell.denseH.bias!.value = tf.tensor1d([0, 0, 1]);
  const [h] = cell.forward(tf.zeros([1, 1]), tf.zeros([1, 1]));
  // r = 3/4, z = 1/2, n = tanh(1/4 + 3/4 * 1)
  await expect(h).toBeAllClose([Math.tanh(1) / 2]);
});

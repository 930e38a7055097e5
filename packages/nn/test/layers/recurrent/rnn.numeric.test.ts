import { Bidirectional, GRUCell, LSTMCell, RNN, type RNNCellBase, Rngs, SimpleCell } from "@nnx-js/nn";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const R = (seed = 0) => ({ rngs: new Rngs(seed) });
const cell = () => new GRUCell(2, 3, R());

/** The outputs of the cell for the steps of `x` `[time, features]`, one after the other. */
function stepByStep(of: RNNCellBase<tf.Tensor>, x: tf.Tensor): tf.Tensor[] {
  let carry: tf.Tensor = tf.zeros([3]);
  return tf.unstack(x).map((step) => {
    const [next, output] = of.forward(carry, step);
    carry = next;
    return output;
  });
}

describe("RNN", () => {
  test("gives what the cell gives step by step, with any number of batch axes", async () => {
    const rnn = new RNN(cell());
    const x = wave([2, 2, 3, 2]);
    const y = rnn.forward(x);
    expect(y.shape).toEqual([2, 2, 3, 3]);
    const rows = tf.unstack(tf.reshape(x, [4, 3, 2])).map((row) => tf.stack(stepByStep(rnn.cell, row)));
    await expect(y).toBeAllClose(tf.reshape(tf.stack(rows), [2, 2, 3, 3]));
    await expect(rnn.forward(tf.squeeze(tf.slice(x, [0, 0, 0, 0], [1, 1, 3, 2]), [0, 1]))).toBeAllClose(
      rows[0]!,
    );
  });

  test("of sequences with the time first gives the same, with the time first", async () => {
    const x = wave([2, 4, 2]);
    const lengths = tf.tensor1d([2, 4], "int32");
    const timeFirst = tf.transpose(x, [1, 0, 2]);
    const options = { reverse: true, keepOrder: true, seqLengths: lengths } as const;
    const expected = tf.transpose(new RNN(cell(), options).forward(x, options), [1, 0, 2]);
    await expect(new RNN(cell(), { timeMajor: true }).forward(timeFirst, options)).toBeAllClose(expected);
    await expect(new RNN(cell()).forward(timeFirst, { ...options, timeMajor: true })).toBeAllClose(expected);
  });

  test("backwards gives the outputs of the turned sequence, in its order or in that of the input", async () => {
    const rnn = new RNN(cell());
    const x = wave([2, 4, 2]);
    const turned = rnn.forward(tf.reverse(x, 1));
    await expect(rnn.forward(x, { reverse: true })).toBeAllClose(turned);
    await expect(rnn.forward(x, { reverse: true, keepOrder: true })).toBeAllClose(tf.reverse(turned, 1));
    await expect(new RNN(cell(), { reverse: true, keepOrder: true }).forward(x)).toBeAllClose(
      tf.reverse(turned, 1),
    );
    await expect(new RNN(cell(), { reverse: true }).forward(x, { reverse: false })).toBeAllClose(
      rnn.forward(x),
    );
  });

  test.each([false, true])("padding changes nothing of what counts; reversed: %s", async (reverse) => {
    const lengths = [1, 3, 5];
    const rnn = new RNN(new LSTMCell(2, 3, R()), { reverse, keepOrder: true });
    const x = wave([3, 5, 2]);
    const [[c, h], y] = rnn.forward(x, {
      returnCarry: true,
      seqLengths: tf.tensor1d(lengths, "int32"),
    });
    for (const [i, length] of lengths.entries()) {
      const alone = tf.slice(x, [i, 0, 0], [1, length, 2]);
      const [[cAlone, hAlone], yAlone] = rnn.forward(alone, { returnCarry: true });
      await expect(tf.slice(y, [i, 0, 0], [1, length, 3])).toBeAllClose(yAlone);
      await expect(tf.slice(c, [i, 0], [1, 3])).toBeAllClose(cAlone);
      await expect(tf.slice(h, [i, 0], [1, 3])).toBeAllClose(hAlone);
    }
  });

  test("lengths belong to several batch axes as well, and of a length of 0 the first carry is left", async () => {
    const rnn = new RNN(cell());
    const x = wave([2, 2, 3, 2]);
    const lengths = tf.tensor2d([0, 1, 2, 3], [2, 2], "int32");
    const initialCarry = wave([2, 2, 3], 0.5, 2);
    const [carry] = rnn.forward(x, { returnCarry: true, seqLengths: lengths, initialCarry });
    const outputs = rnn.forward(x, { initialCarry });
    const expected = [
      tf.slice(initialCarry, [0, 0, 0], [1, 1, 3]),
      ...[1, 2, 3].map((length) => tf.slice(outputs, [length >> 1, length & 1, length - 1, 0], [1, 1, 1, 3])),
    ];
    await expect(carry).toBeAllClose(
      tf.reshape(tf.concat(expected.map((part) => tf.reshape(part, [3]))), [2, 2, 3]),
    );
  });

  test("sequences of several batch axes, or of none, are turned each within its length", async () => {
    const rnn = new RNN(cell(), { reverse: true });
    const x = wave([2, 2, 3, 2]);
    const lengths = tf.tensor2d([0, 1, 2, 3], [2, 2], "int32");
    const y = rnn.forward(x, { seqLengths: lengths });
    const flat = rnn.forward(tf.reshape(x, [4, 3, 2]), { seqLengths: tf.reshape(lengths, [4]) });
    await expect(y).toBeAllClose(tf.reshape(flat, [2, 2, 3, 3]));
    const third = tf.reshape(tf.slice(x, [1, 0, 0, 0], [1, 1, 3, 2]), [3, 2]);
    const alone = rnn.forward(third, { seqLengths: tf.scalar(2, "int32") });
    await expect(alone).toBeAllClose(tf.reshape(tf.slice(flat, [2, 0, 0], [1, 3, 3]), [3, 3]));
  });

  test("a run goes on from the carry of the one before", async () => {
    const rnn = new RNN(new LSTMCell(2, 3, R()), { returnCarry: true });
    const x = wave([2, 5, 2]);
    const [whole, y] = rnn.forward(x);
    const [middle] = rnn.forward(tf.slice(x, [0, 0, 0], [2, 2, 2]));
    const [last, rest] = rnn.forward(tf.slice(x, [0, 2, 0], [2, 3, 2]), { initialCarry: middle });
    await expect(rest).toBeAllClose(tf.slice(y, [0, 2, 0], [2, 3, 3]));
    await expect(last[0]).toBeAllClose(whole[0]);
    await expect(last[1]).toBeAllClose(whole[1]);
  });
});

describe("Bidirectional", () => {
  const layers = () => [new RNN(cell()), new RNN(new SimpleCell(2, 3, R(1)))] as const;

  test("puts both directions side by side, or merges them otherwise", async () => {
    const [forward, backward] = layers();
    const x = wave([2, 4, 2]);
    const there = forward.forward(x);
    const back = backward.forward(x, { reverse: true, keepOrder: true });
    await expect(new Bidirectional(forward, backward).forward(x)).toBeAllClose(tf.concat([there, back], -1));
    const summed = new Bidirectional(forward, backward, { mergeFn: (a, b) => tf.add(a, b) });
    await expect(summed.forward(x)).toBeAllClose(tf.add(there, back));
  });

  test("answers both carries, goes on from both, and knows lengths and the time axis", async () => {
    const [forward, backward] = layers();
    const model = new Bidirectional(forward, backward, { returnCarry: true, timeMajor: true });
    const x = wave([4, 2, 2]);
    const initialCarry: [tf.Tensor, tf.Tensor] = [wave([2, 3], 0.3), wave([2, 3], 0.3, 1)];
    const options = { seqLengths: tf.tensor1d([3, 2], "int32"), timeMajor: true } as const;
    const [[there, back], y] = model.forward(x, { ...options, initialCarry });
    const expected = forward.forward(x, { ...options, initialCarry: initialCarry[0], returnCarry: true });
    await expect(there).toBeAllClose(expected[0]);
    const reversed = { ...options, reverse: true, keepOrder: true, returnCarry: true } as const;
    const other = backward.forward(x, { ...reversed, initialCarry: initialCarry[1] });
    await expect(back).toBeAllClose(other[0]);
    await expect(y).toBeAllClose(tf.concat([expected[1], other[1]], -1));
  });
});

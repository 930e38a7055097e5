import {
  Bidirectional,
  DtypeError,
  GRUCell,
  InvalidArgumentError,
  LSTMCell,
  MissingArgumentError,
  OptimizedLSTMCell,
  RNN,
  type RNNCellBase,
  Rngs,
  RngStream,
  Sequential,
  ShapeMismatchError,
  SimpleCell,
  state,
} from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const R = (seed = 0) => ({ rngs: new Rngs(seed) });
const countOf = async (stream: RngStream) => (await stream.count.value.data())[0];

test.each<[string, number, number, (options: { rngs: Rngs }) => RNNCellBase]>([
  ["LSTMCell", 12, 2, (o) => new LSTMCell(2, 3, o)],
  ["OptimizedLSTMCell", 3, 2, (o) => new OptimizedLSTMCell(2, 3, o)],
  ["GRUCell", 3, 1, (o) => new GRUCell(2, 3, o)],
  ["SimpleCell", 3, 1, (o) => new SimpleCell(2, 3, o)],
])("%s draws %i keys for its parameters and %i for its carry", async (_, params, carry, make) => {
  const rngs = new Rngs({ params: 0, carry: 1 });
  const cell = make({ rngs });
  cell.initializeCarry([1, 2], { rngs });
  expect(await countOf(rngs.stream("params"))).toBe(params);
  expect(await countOf(rngs.stream("carry"))).toBe(carry);
  expect(cell.numFeatureAxes).toBe(1);
});

test("an RNN keeps a stream of seed 0, a fork, a stream as it is, or none", async () => {
  const cell = new GRUCell(2, 3, R());
  const rngs = new Rngs({ carry: 5 });
  const stream = new RngStream(3);
  expect(new RNN(cell).rngs?.tag).toBe("carry");
  expect(new RNN(cell, { rngs }).rngs?.key.shape).toEqual([2]);
  expect(await countOf(rngs.stream("carry"))).toBe(1);
  expect(new RNN(cell, { rngs: stream }).rngs).toBe(stream);
  expect(new RNN(cell, { rngs: false }).rngs).toBeUndefined();
  expect(() => new RNN(cell, { rngs: 3 as unknown as Rngs })).toThrow(InvalidArgumentError);
  expect(new Bidirectional(new RNN(cell), new RNN(cell), { rngs: false }).rngs).toBeUndefined();
});

describe("errors say what to do", () => {
  const make = () => new GRUCell(2, 3, R());
  const sequence = () => tf.ones([2, 4, 2]);

  test("no keys for the carry", () => {
    const [cell, x] = [make(), sequence()];
    expect(() => cell.initializeCarry([1, 2])).toThrow(MissingArgumentError);
    expect(() => new RNN(cell, { rngs: false }).forward(x)).toThrow(
      /^cell \(GRUCell\): RNGs must be provided to initialize the cell carry\. Write cell\.initializeCarry/,
    );
    expect(() => new RNN(cell, { rngs: false }).forward(x, { initialCarry: tf.zeros([2, 3]) })).not.toThrow();
  });

  test("carries of another form, and what is no cell or layer", () => {
    const cell = make();
    const lstm = new LSTMCell(2, 3, R());
    expect(() => lstm.forward(tf.ones([2, 3]) as never, tf.ones([2, 2]))).toThrow(
      /^LSTMCell: expected two tensors \[c, h\] for the carry/,
    );
    expect(() => cell.forward([tf.ones([2, 3])] as never, tf.ones([2, 2]))).toThrow(
      /^GRUCell: expected a tensor for the carry/,
    );
    expect(() => new RNN(undefined as never)).toThrow(/^RNN: expected a cell, such as new GRUCell/);
    expect(() => new Bidirectional(new RNN(cell), undefined as never)).toThrow(
      /^Bidirectional: expected two layers of cells/,
    );
  });

  test("inputs without time axis, without steps or with other features", () => {
    const rnn = new RNN(make());
    expect(() => rnn.forward(tf.ones([2]))).toThrow(ShapeMismatchError);
    expect(() => rnn.forward(tf.ones([2, 0, 2]))).toThrow(
      /at least one step.* got an input of shape \[2, 0, 2\]/,
    );
    expect(() => rnn.forward(tf.ones([2, 4, 5]))).toThrow(/^cell\.denseI \(Linear\): expected last axis 2/);
  });

  test("lengths of another shape or dtype", () => {
    const [rnn, x] = [new RNN(make()), sequence()];
    expect(() => rnn.forward(x, { seqLengths: tf.ones([2]) })).toThrow(DtypeError);
    expect(() => rnn.forward(x, { seqLengths: tf.ones([4], "int32") })).toThrow(
      /^RNN: expected seqLengths of the shape of the batch, \[2\], got \[4\]/,
    );
    expect(() => rnn.forward(x, { timeMajor: true, seqLengths: tf.ones([2], "int32") })).toThrow(
      /\[4\], got \[2\]/,
    );
  });
});

test("state paths are those of Flax", () => {
  const cell = new LSTMCell(2, 3, R());
  const model = new Bidirectional(new RNN(cell), new RNN(new GRUCell(2, 3, R())));
  const paths = state(model).entries.map(([path]) => path.join("."));
  expect(paths).toContain("forwardRnn.cell.if_.kernel");
  expect(paths).toContain("backwardRnn.cell.denseH.kernel");
  expect(paths).toContain("rngs.key");
});

test("no call leaves tensors behind, whatever keys it takes", async () => {
  const model = new Bidirectional(
    new RNN(new LSTMCell(2, 3, R())),
    new RNN(new GRUCell(2, 3, R()), { broadcastRngs: true }),
  );
  const x = tf.ones([2, 3, 2]);
  const seqLengths = tf.tensor1d([1, 2], "int32");
  const rngs = new Rngs(0);
  await expectNoLeak(() => tf.tidy(() => void model.forward(x, { rngs, seqLengths, returnCarry: true })));
  await expectNoLeak(() => tf.tidy(() => void model.forwardRnn.forward(x, { rngs })));
});

test("an RNN is a layer like others in a Sequential", () => {
  const rngs = new Rngs(0);
  const model = new Sequential(new RNN(new GRUCell(2, 3, { rngs })), new RNN(new GRUCell(3, 4, { rngs })));
  expect(model.forward(tf.ones([2, 5, 2]), { rngs }).shape).toEqual([2, 5, 4]);
});

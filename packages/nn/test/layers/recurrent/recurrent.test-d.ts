import {
  Bidirectional,
  type CarryOf,
  Dropout,
  GRUCell,
  type LSTMCarry,
  LSTMCell,
  OptimizedLSTMCell,
  RNN,
  Rngs,
  Sequential,
} from "@nnx-js/nn";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "vitest";

const rngs = new Rngs(0);
const x = tf.ones([2, 3, 2]);

expectTypeOf<CarryOf<LSTMCell>>().toEqualTypeOf<LSTMCarry>();
expectTypeOf<CarryOf<GRUCell>>().toEqualTypeOf<tf.Tensor>();

// What forward answers follows from the option of the layer, and that of the call beats it.
const plain = new RNN(new LSTMCell(2, 3, { rngs }));
expectTypeOf(plain.cell).toEqualTypeOf<LSTMCell>();
expectTypeOf(plain.forward(x)).toEqualTypeOf<tf.Tensor>();
expectTypeOf(plain.forward(x, { reverse: true, returnCarry: undefined })).toEqualTypeOf<tf.Tensor>();
expectTypeOf(plain.forward(x, { returnCarry: true })).toEqualTypeOf<[LSTMCarry, tf.Tensor]>();
const both = new RNN(new GRUCell(2, 3, { rngs }), { returnCarry: true });
const [carry, outputs] = both.forward(x);
expectTypeOf(carry).toEqualTypeOf<tf.Tensor>();
expectTypeOf(outputs).toEqualTypeOf<tf.Tensor>();
expectTypeOf(both.forward(x, { returnCarry: false })).toEqualTypeOf<tf.Tensor>();

// @ts-expect-error an LSTM carries two tensors
plain.forward(x, { initialCarry: tf.zeros([2, 3]) });
// @ts-expect-error a cell is needed
export const wrong = new RNN(new Dropout(0.5));

const model = new Bidirectional(plain, both, { returnCarry: true });
expectTypeOf(model.forward(x)).toEqualTypeOf<[[LSTMCarry, tf.Tensor], tf.Tensor]>();
expectTypeOf(new Bidirectional(plain, both).forward(x)).toEqualTypeOf<tf.Tensor>();
expectTypeOf(new Sequential(new Dropout(0.5), plain).forward(x)).toEqualTypeOf<tf.Tensor>();

// A cell's modes are modes of the layer.
class DroppingCell extends OptimizedLSTMCell {
  readonly dropout = new Dropout(0.5);
}
view(new RNN(new DroppingCell(2, 3, { rngs })), { deterministic: true });
// @ts-expect-error a mode that no module has
view(new RNN(new DroppingCell(2, 3, { rngs })), { decode: true });

/** @file Reference cases of recurrent cells and layers. */
import {
  Bidirectional,
  GRUCell,
  LSTMCell,
  OptimizedLSTMCell,
  RNN,
  type RNNCellBase,
  Rngs,
  SimpleCell,
} from "@nnx-js/nn";
import { cased, layer, type LayerUnderTest } from "../../golden.ts";

const R = (seed = 0) => ({ rngs: new Rngs(seed) });
const sequence = (cell: RNNCellBase) => new RNN(cell, R());

function one(build: () => RNNCellBase): LayerUnderTest {
  return cased(build, (cell, x) => {
    const [carry, y] = cell.forward(cell.initializeCarry(x.shape, R()), x);
    return [carry, y].flat() as (typeof y)[];
  });
}

export const RECURRENT: Record<string, LayerUnderTest> = {
  LSTMCell: one(() => new LSTMCell(4, 3, R())),
  OptimizedLSTMCell: one(() => new OptimizedLSTMCell(4, 3, R())),
  GRUCell: one(() => new GRUCell(4, 3, R())),
  SimpleCell: one(() => new SimpleCell(4, 3, R())),
  "RNN.LSTMCell": layer(() => sequence(new LSTMCell(4, 3, R()))),
  "RNN.OptimizedLSTMCell": layer(() => sequence(new OptimizedLSTMCell(4, 3, R()))),
  "RNN.GRUCell": layer(() => sequence(new GRUCell(4, 3, R()))),
  "RNN.SimpleCell": layer(() => sequence(new SimpleCell(4, 3, R()))),
  Bidirectional: layer(
    () => new Bidirectional(sequence(new GRUCell(4, 3, R(0))), sequence(new GRUCell(4, 3, R(1))), R()),
  ),
};

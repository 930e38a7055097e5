/** @file Reference cases of Dropout and of layers in a row. */
import { BatchNorm, Dropout, Linear, Rngs, Sequential } from "@nnx-js/nn";
import { layer, type LayerUnderTest } from "../../golden.ts";

const R = () => ({ rngs: new Rngs(3) });

export const REGULARIZATION: Record<string, LayerUnderTest> = {
  "Dropout.train": layer(() => new Dropout(0.4, R())),
  "Dropout.broadcast": layer(() => new Dropout(0.4, { ...R(), broadcastDims: [0] })),
  "Dropout.eval": layer(() => new Dropout(0.4, { ...R(), deterministic: true })),
  Sequential: layer(() => {
    const rngs = new Rngs(0);
    const first = new Linear(2, 4, { rngs });
    const norm = new BatchNorm(4, { rngs });
    return new Sequential(first, norm, new Dropout(0.1, { rngs }), new Linear(4, 3, { rngs }));
  }),
};

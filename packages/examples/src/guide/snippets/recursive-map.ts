/** @file Wraps every linear layer of a model in a noisy one, with `recursiveMap`. */
import { evalShape, Linear, Rngs, Sequential } from "@nnx-js/nn";
import { recursiveMap, withAttributes } from "@nnx-js/view";
import { NoisyLinear } from "./noisy-linear.ts";

/** A plain model, and a noisy one over the same weights. */
export function addNoise(rngs: Rngs) {
  const plain = new Sequential(new Linear(4, 8, { rngs }), new Linear(8, 2, { rngs }));
  const noisyModel = recursiveMap((path, node) => {
    if (!(node instanceof Linear)) return node;
    const wrapper = evalShape(
      () => new NoisyLinear(node.inFeatures, node.outFeatures, { rngs: new Rngs(0) }),
    );
    wrapper.linear = node; // the original layer, its weights shared
    return wrapper;
  }, plain);
  const trainModel = withAttributes(noisyModel, { training: true });
  console.log(String(noisyModel));
  return { plain, noisyModel, trainModel };
}

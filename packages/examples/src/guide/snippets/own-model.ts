/** @file The guide's model as `display` shows it. */
import { display, Rngs } from "@nnx-js/nn";
import { MyModel } from "../model.ts";

/** Prints the tree of the model, with shapes, counts and modes. */
export function displayModel() {
  const [inDim, hiddenDim, outDim] = [16, 32, 2];
  using model = new MyModel(inDim, hiddenDim, outDim, 0.1, { rngs: new Rngs(0) });
  display(model);
}

/** @file The guide's quick intro: two views of one model. */
import { BatchNorm, Dropout, Linear, Rngs, Sequential } from "@nnx-js/nn";
import { view, viewInfo } from "@nnx-js/view";

/** A train and an eval view: other modes, the same weights. */
export function quickIntro() {
  const rngs = new Rngs(0);
  const model = new Sequential(new Linear(2, 4, { rngs }), new BatchNorm(4, { rngs }), new Dropout(0.1));
  const trainModel = view(model, { deterministic: false, useRunningAverage: false });
  const evalModel = view(model, { deterministic: true, useRunningAverage: true });
  console.log(trainModel.layers[2].deterministic === false); // typed: layers is [Linear, BatchNorm, Dropout]
  console.log(evalModel.layers[2].deterministic === true);
  console.log(trainModel.layers[0].kernel === evalModel.layers[0].kernel); // the very same Variable
  console.log(viewInfo(model));
  // BatchNorm:
  //   useRunningAverage?: boolean = false
  //     if true, the stored batch statistics will be used instead of
  //     computing the batch statistics on the input.
  // Dropout:
  //   deterministic?: boolean = false
  //     if true, disables dropout masking.
  try {
    // @ts-expect-error a misspelt mode does not compile, and throws at run time, naming the near miss
    view(model, { deterministc: true });
  } catch (error) {
    console.log(String(error));
  }
  return { model, trainModel, evalModel };
}

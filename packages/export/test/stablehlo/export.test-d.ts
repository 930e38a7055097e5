/** @file Types of `exportStableHlo`. */
import type { Linear } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf, test } from "vitest";
import { exportStableHlo, type Precision } from "../../src/index.ts";

declare const model: Linear;
declare const x: tf.Tensor;

test("the arguments are those of the function", () => {
  const predict = (model: Linear, x: tf.Tensor) => model.forward(x);
  expectTypeOf(exportStableHlo(predict, [model, x])).resolves.toBeString();
  // @ts-expect-error one is missing
  void exportStableHlo(predict, [model]);
  // @ts-expect-error in another order
  void exportStableHlo(predict, [x, model]);
  // @ts-expect-error no option
  void exportStableHlo(predict, [model, x], { precison: "high" });
  expectTypeOf<Precision>().toEqualTypeOf<"default" | "high" | "highest">();
});

import { Accuracy, Average, MultiMetric, type Statistics, Welford } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "vitest";

declare const tensor: tf.Tensor;

const metrics = new MultiMetric({
  accuracy: new Accuracy(),
  loss: new Average("loss"),
  spread: new Welford("loss"),
});
expectTypeOf(metrics.accuracy).toEqualTypeOf<Accuracy>();
expectTypeOf(metrics.compute()).toEqualTypeOf<{
  readonly accuracy: tf.Tensor;
  readonly loss: tf.Tensor;
  readonly spread: Statistics;
}>();
metrics.update({ logits: tensor, labels: tensor, loss: 1 });
metrics.update({ logits: tensor, labels: tensor, loss: tensor, mask: tensor });
metrics.update({ logits: tensor, labels: tensor, loss: tensor, mask: { accuracy: tensor } });
// @ts-expect-error: the loss is missing
metrics.update({ logits: tensor, labels: tensor });
// @ts-expect-error: there is no metric of that name
metrics.update({ logits: tensor, labels: tensor, loss: 1, mask: { precision: tensor } });

new Average().update({ values: tensor });
// @ts-expect-error: the values are called loss
new Average("loss").update({ values: tensor });
// @ts-expect-error: the labels are missing
new Accuracy().update({ logits: tensor });

import { AUC, ConfusionMatrix, type PredictionUpdates, Precision } from "@nnx-js/train";
import { MultiMetric } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "vitest";

declare const tensor: tf.Tensor;

const metrics = new MultiMetric({ precision: new Precision({ threshold: 0 }), auc: new AUC() });
metrics.update({ logits: tensor, labels: tensor });
expectTypeOf(metrics.compute()).toEqualTypeOf<{ readonly precision: tf.Tensor; readonly auc: tf.Tensor }>();
expectTypeOf<Parameters<AUC["update"]>[0]>().toEqualTypeOf<PredictionUpdates>();
// @ts-expect-error: there is no such average
export const mean = new Precision({ classes: 3, average: "mean" });
// @ts-expect-error: there is no such curve
export const roc = new AUC({ curve: "roc" });
// @ts-expect-error: the labels are missing
new ConfusionMatrix({ classes: 3 }).update({ logits: tensor });

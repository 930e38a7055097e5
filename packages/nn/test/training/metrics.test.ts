import {
  Accuracy,
  Average,
  DtypeError,
  evalShape,
  InvalidArgumentError,
  merge,
  Metric,
  MetricState,
  MissingArgumentError,
  MultiMetric,
  ShapeMismatchError,
  split,
  state,
  toFlatState,
  Welford,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const labels = (shape: number[]) => tf.zeros(shape, "int32");
const make = () => new MultiMetric({ accuracy: new Accuracy(), loss: new Average("loss") });

describe("a metric is a node of the graph", () => {
  test("with its state as Variables", () => {
    const paths = toFlatState(state(make(), MetricState)).map(([path]) => path.join("."));
    expect(paths).toEqual(["accuracy.count", "accuracy.total", "loss.count", "loss.total"]);
  });

  test("that is split and merged", async () => {
    const metrics = make();
    metrics.update({ logits: tf.zeros([2, 3]), labels: labels([2]), loss: 4 });
    const merged = merge(...split(metrics));
    expect(merged).toBeInstanceOf(Metric);
    expect(await merged.compute().loss.data()).toEqual(Float32Array.of(4));
    merged.update({ logits: tf.zeros([2, 3]), labels: labels([2]), loss: 6 });
    expect(await metrics.compute().loss.data()).toEqual(Float32Array.of(5));
  });

  test("that shows itself", () => {
    expect(String(make())).toMatchInlineSnapshot(`
      "MultiMetric { # MetricState: 4 (16 B)
        accuracy: Accuracy { # MetricState: 2 (8 B)
          total: MetricState(float32[]) # 1 (4 B)
          count: MetricState(int32[]) # 1 (4 B)
          threshold: undefined
        }
        loss: Average { # MetricState: 2 (8 B)
          total: MetricState(float32[]) # 1 (4 B)
          count: MetricState(int32[]) # 1 (4 B)
          argname: "loss"
        }
      }"
    `);
  });

  test("that works on shapes alone", () => {
    const before = tf.memory().numTensors;
    const values = evalShape(() => {
      const metrics = make();
      metrics.update({ logits: tf.zeros([2, 3]), labels: labels([2]), loss: tf.ones([2]) });
      return metrics.compute();
    });
    expect(values).toEqual({
      accuracy: { shape: [], dtype: "float32" },
      loss: { shape: [], dtype: "float32" },
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  test("whose state survives tf.tidy", async () => {
    const made: Average[] = [];
    tf.tidy(() => {
      made.push(new Average());
      made[0]!.update({ values: tf.ones([3]) });
    });
    expect(await made[0]!.compute().data()).toEqual(Float32Array.of(1));
  });

  test("whose update inside a loss takes no part in its gradient", async () => {
    const average = new Average();
    const gradient = tf.grad((x) => {
      const y = tf.square(x);
      average.update({ values: y });
      return y;
    })(tf.scalar(3));
    expect(await gradient.data()).toEqual(Float32Array.of(6));
    expect(await average.compute().data()).toEqual(Float32Array.of(9));
  });
});

describe("wrong updates are refused, and change nothing", () => {
  test("values under another name", () => {
    // @ts-expect-error: the values are called loss
    expect(() => new Average("loss").update({ values: 1 })).toThrow(MissingArgumentError);
    expect(() => {
      // @ts-expect-error: the values are called loss
      new Average("loss").update({ values: 1 });
    }).toThrowErrorMatchingInlineSnapshot(
      `[MissingArgumentError: Average: expected an update called loss, got values. Write update({ loss: … }), or name it when the metric is made.]`,
    );
  });

  test("a mask for a number, and what is no number", () => {
    const mask = tf.ones([1], "bool");
    expect(() => new Average().update({ values: 1, mask })).toThrow(InvalidArgumentError);
    // @ts-expect-error: an array is no tensor
    expect(() => new Welford().update({ values: [1, 2] })).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: Welford: expected a number or a tensor for values, got object. Make a tensor of several numbers: tf.tensor1d([…]).]`,
    );
  });

  test("a mask that is no tensor", () => {
    const mask = [true, false] as unknown as tf.Tensor;
    expect(() => new Average().update({ values: tf.ones([2]), mask })).toThrow(
      "Average: expected a tensor for mask, got an array. Write tf.tensor(…).",
    );
  });

  test("a mask of a shape that does not fit", () => {
    const mask = tf.ones([2], "bool");
    expect(() => new Average().update({ values: tf.ones([3]), mask })).toThrow(ShapeMismatchError);
    expect(() => new Average().update({ values: tf.ones([3]), mask })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeMismatchError: Average: expected a mask that broadcasts to the shape [3] of values, got [2]. Write tf.reshape(mask, …) with one size for each axis.]`,
    );
  });

  test("logits and labels of other ranks", () => {
    const logits = tf.zeros([2, 3]);
    expect(() => new Accuracy().update({ logits, labels: labels([2, 3]) })).toThrow(ShapeMismatchError);
    expect(() =>
      new Accuracy().update({ logits, labels: labels([2, 3]) }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ShapeMismatchError: Accuracy: expected labels of shape [2] for logits of shape [2, 3], got [2, 3]. For yes-or-no predictions, write new Accuracy({ threshold: 0.5 }).]`,
    );
    const binary = new Accuracy({ threshold: 0.5 });
    expect(() => binary.update({ logits, labels: labels([2]) })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeMismatchError: Accuracy: expected labels of shape [2, 3] for logits of shape [2, 3], got [2]. For several classes, write new Accuracy() without a threshold.]`,
    );
  });

  test("labels that are no int32", () => {
    expect(() => new Accuracy().update({ logits: tf.zeros([2, 3]), labels: tf.zeros([2]) })).toThrow(
      DtypeError,
    );
  });

  test("in one of several metrics", async () => {
    const metrics = new MultiMetric({ loss: new Average("loss"), zAccuracy: new Accuracy() });
    metrics.update({ loss: 2, logits: tf.zeros([1, 2]), labels: labels([1]) });
    const bad = { loss: 4, logits: tf.zeros([1, 2]), labels: tf.zeros([1]) };
    expect(() => metrics.update(bad)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: zAccuracy (Accuracy): expected int32 labels, got float32. Convert them: tf.cast(labels, "int32").]`,
    );
    expect(await metrics.compute().loss.data()).toEqual(Float32Array.of(2));
    expect(() => metrics.update({ ...bad, mask: { los: tf.ones([1]) } as object })).toThrow(
      InvalidArgumentError,
    );
  });
});

test("names of methods, other values and thresholds that are no number are refused", () => {
  expect(() => new MultiMetric({ update: new Average() })).toThrow(InvalidArgumentError);
  expect(() => new MultiMetric({ loss: 3 as unknown as Metric })).toThrow(InvalidArgumentError);
  expect(() => new Accuracy({ threshold: "0.5" as unknown as number })).toThrow(InvalidArgumentError);
});

test("a metric may have any name but that of a method", async () => {
  const both = new MultiMetric({ metrics: new Average(), add: new Average() });
  both.update({ values: 3 });
  const { metrics, add } = both.compute();
  await expect(metrics).toBeAllClose([3]);
  await expect(add).toBeAllClose([3]);
});

/** @file What the types say of batches, figures and events. */
import { Checkpointer } from "@nnx-js/checkpoint";
import type { Rngs } from "@nnx-js/nn";
import {
  type EndEvent,
  type EndOf,
  type EvaluatedEndEvent,
  type Loader,
  loader,
  type LogEvent,
  train,
} from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf, test } from "vitest";

declare const rngs: Rngs;
declare const images: tf.Tensor2D;
declare const labels: tf.Tensor1D;
declare const checkpointer: Checkpointer;
type BatchOf<L> = L extends Loader<infer Batch> ? Batch : never;
const whole = { batchSize: 2, dropLast: true } as const;

test("the batch follows from the source", () => {
  const masked = loader({ images, parts: { labels } }, { batchSize: 2, shuffle: rngs });
  expectTypeOf<BatchOf<typeof masked>>().toEqualTypeOf<
    { images: tf.Tensor2D; parts: { labels: tf.Tensor1D } } & { mask: tf.Tensor1D }
  >();
  expectTypeOf(masked.steps).toEqualTypeOf<number>();
  const rows = loader(images, { batchSize: 2 });
  expectTypeOf<BatchOf<typeof rows>>().toEqualTypeOf<{ batch: tf.Tensor2D; mask: tf.Tensor1D }>();
  const numbers = loader([1, 2, 3], whole);
  expectTypeOf<BatchOf<typeof numbers>>().toEqualTypeOf<tf.Tensor1D>();
  const bytes = loader(new Uint8Array(3), whole);
  expectTypeOf<BatchOf<typeof bytes>>().toEqualTypeOf<tf.Tensor1D>();
  const examples = loader([{ image: new Float32Array(2), box: [1, 2], name: "a", pair: [1, "b"] as [number, string] }], whole); // prettier-ignore
  expectTypeOf<BatchOf<typeof examples>>().toEqualTypeOf<{
    image: tf.Tensor2D;
    box: tf.Tensor2D;
    name: string[];
    pair: [tf.Tensor1D, string[]];
  }>();
  const stream = loader(async function* () { yield { x: 1 }; }, whole); // prettier-ignore
  expectTypeOf<BatchOf<typeof stream>>().toEqualTypeOf<{ x: tf.Tensor1D }>();
  expectTypeOf(stream.stepsPerEpoch).toEqualTypeOf<undefined>();
});

test("and from the maps", () => {
  const mapped = loader(["a.png"], { ...whole, map: async (file) => ({ pixels: new Float32Array(file.length), file }) }); // prettier-ignore
  expectTypeOf<BatchOf<typeof mapped>>().toEqualTypeOf<{ pixels: tf.Tensor2D; file: string[] }>();
  const collated = loader(["a.png"], { batchSize: 2, collate: (files) => ({ count: files.map((file) => file.length) }) }); // prettier-ignore
  expectTypeOf<BatchOf<typeof collated>>().toEqualTypeOf<{ count: number[] } & { mask: tf.Tensor1D }>();
  const last = loader({ images }, { batchSize: 2, mapBatch: async ({ images, mask }) => [images, mask] as const }); // prettier-ignore
  expectTypeOf<BatchOf<typeof last>>().toEqualTypeOf<readonly [tf.Tensor2D, tf.Tensor1D]>();
  loader([{ x: 1, label: 2 }], { ...whole, dtype: { label: "int32" } });
  // @ts-expect-error: no part of that name
  loader([{ x: 1, label: 2 }], { ...whole, dtype: { lable: "int32" } });
});

test("a misspelt option does not compile", () => {
  expectTypeOf(loader).toBeFunction();
  // @ts-expect-error: batchSize
  loader([1], { batchsize: 2 });
  // @ts-expect-error: shuffle takes Rngs
  loader([1], { batchSize: 2, shuffle: true });
  // @ts-expect-error: dropLast
  loader([1], { batchSize: 2, dropRest: true });
  const data = loader({ images }, whole);
  // @ts-expect-error: evaluate
  train({ data, step: () => 1, evalute: () => ({ loss: 1 }) });
  // @ts-expect-error: of steps or of epochs
  train({ data, step: () => 1, evaluate: { every: { steps: 1, epochs: 1 }, run: () => ({ loss: 1 }) } });
});

test("figures follow from the step and the evaluation", async () => {
  const data = loader({ images }, whole);
  for await (const event of train({ data, step: ({ images }) => tf.mean(images) })) {
    expectTypeOf(event).toEqualTypeOf<LogEvent<{ readonly loss: number }>>();
  }
  const run = train({
    data,
    step: ({ images }) => {
      expectTypeOf(images).toEqualTypeOf<tf.Tensor2D>();
      return { loss: tf.mean(images), rate: 1 };
    },
    evaluate: async () => ({ accuracy: tf.mean(images), table: [1] }),
    checkpoint: { to: checkpointer, best: { metric: "accuracy", mode: "max" } },
    state: { data },
    on: {
      log: ({ metrics }) =>
        expectTypeOf(metrics).toEqualTypeOf<{ readonly loss: number; readonly rate: number }>(),
      evaluate: ({ metrics }) => expectTypeOf(metrics.accuracy).toEqualTypeOf<number>(),
    },
  });
  for await (const event of run) {
    if (event.type === "log") expectTypeOf(event.metrics.rate).toEqualTypeOf<number>();
    else expectTypeOf(event.metrics.table).toExtend<number[]>();
  }
  const evaluate = () => ({ accuracy: 1 });
  // @ts-expect-error: a figure of the evaluation
  train({ data, step: () => 1, evaluate, earlyStop: { metric: "loss", mode: "min", patience: 1 } });
  train({ data, step: () => 1, earlyStop: { metric: "loss", mode: "min", patience: 1 } });
  // @ts-expect-error: a step waits for nothing
  train({ data, step: async () => 1 });
});

test("the end has the figures of the last step for certain where it is measured at the end", async () => {
  const data = loader({ images }, whole);
  const step = () => 1;
  const run = async () => ({ accuracy: tf.mean(images), table: [1] });
  const measured = await train({ data, step, evaluate: { atEnd: true, run } }).run();
  expectTypeOf(measured).toEqualTypeOf<EvaluatedEndEvent<{ readonly accuracy: number; readonly table: number[] }>>(); // prettier-ignore
  expectTypeOf(measured.metrics.accuracy).toEqualTypeOf<number>();
  const { metrics } = await train({ data, step, evaluate: run }).run();
  expectTypeOf(metrics?.accuracy).toEqualTypeOf<number | undefined>();
  // @ts-expect-error: the last step may not have been measured
  expectTypeOf(metrics.accuracy).toEqualTypeOf<number>();
  const off = await train({ data, step, evaluate: { atEnd: false, run } }).run();
  expectTypeOf(off).toEqualTypeOf<EndOf<{ accuracy: tf.Scalar; table: number[] }, false>>();
  const none = await train({ data, step }).run();
  expectTypeOf(none.metrics).toEqualTypeOf<undefined>();
  expectTypeOf(none).toExtend<EndEvent>();
  train({ data, step, evaluate: { atEnd: true, run }, on: { end: ({ metrics }) => expectTypeOf(metrics?.table).toEqualTypeOf<number[] | undefined>() } }); // prettier-ignore
  // @ts-expect-error: yes or no
  train({ data, step, evaluate: { atEnd: 1, run } });
});

/** @file Options that make no sense are told by name, before anything happens. */
import { Rngs } from "@nnx-js/nn";
import * as trains from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, expect, test } from "vitest";

const call = (fn: unknown, ...args: unknown[]) => (fn as (...args: unknown[]) => unknown)(...args);
const make = (Class: unknown, options: unknown) => new (Class as new (options: unknown) => unknown)(options);

const rngs = new Rngs(0);
afterAll(() => rngs.dispose());
const stream = { write() {} };
const step = () => {};
const curve = { name: "loss", steps: [0, 1], values: [1, 2] };

const asLoader = (options: object) => call(trains.loader, [1, 2], { batchSize: 1, ...options });
const asTrain = (options: object) => call(trains.train, { data: [], step, ...options });
const asMetric = (Class: unknown) => (options: object) => make(Class, { classes: 3, ...options });

/** Where options go, and what is wrong for each. */
const NOT_COUNTS = [0, -1, 1.5, NaN, Infinity, "3", null, true, {}];
const NOT_NUMBERS = [NaN, Infinity, "3", null, true, {}];
const NOT_FLAGS = [0, 1, "no", null, {}];
const NOT_FUNCTIONS = [0, "no", null, {}];
const TABLE: [caller: string, name: string, run: (options: object) => unknown, wrong: readonly unknown[]][] =
  [
    ["loader", "batchSize", asLoader, NOT_COUNTS],
    ["loader", "shuffleBuffer", asLoader, NOT_COUNTS],
    ["loader", "concurrency", asLoader, NOT_COUNTS],
    ["loader", "epochs", asLoader, NOT_COUNTS.filter((value) => value !== Infinity)],
    ["loader", "prefetch", asLoader, NOT_COUNTS.filter((value) => value !== 0)],
    ["loader", "dropLast", asLoader, NOT_FLAGS],
    ["loader", "map", asLoader, NOT_FUNCTIONS],
    ["loader", "collate", asLoader, NOT_FUNCTIONS],
    ["loader", "mapBatch", asLoader, NOT_FUNCTIONS],
    ["loader", "dtype", asLoader, ["float64", 3, null, { x: "uint8" }]],
    ["loader", "shuffle", asLoader, [true, 0, null]],
    ["loader", "rngs", asLoader, [true, 0, null]],
    ["train", "step", asTrain, NOT_FUNCTIONS],
    ["train", "steps", asTrain, NOT_COUNTS],
    ["train", "log", asTrain, NOT_COUNTS],
    ["train", "nonFinite", asTrain, ["stop", true, null]],
    ["train", "signal", asTrain, [true, null, {}]],
    ["train", "state", asTrain, [1, null, {}]],
    ["train", "on", asTrain, [1, null, { log: 1 }, { logs() {} }]],
    ["train", "watch", asTrain, [1, {}, { event: 1 }, { event() {}, close: 1 }]],
    [
      "train",
      "evaluate",
      asTrain,
      [
        1,
        null,
        {},
        { run: 1 },
        { run: step, every: 0 },
        { run: step, every: { epochs: 1.5 } },
        { run: step, atEnd: "yes" },
      ],
    ],
    [
      "train",
      "earlyStop",
      asTrain,
      [1, null, ...NOT_COUNTS.map((patience) => ({ metric: "loss", mode: "min", patience }))],
    ],
    [
      "train",
      "plateau",
      asTrain,
      [-1, ...NOT_NUMBERS].map((minDelta) => ({ metric: "x", mode: "max", patience: 1, minDelta })),
    ],
    ["AUC", "bins", (options) => make(trains.AUC, options), [1, ...NOT_COUNTS]],
    ["AUC", "curve", (options) => make(trains.AUC, options), ["roc", null, 1]],
    ["AUC", "scores", (options) => make(trains.AUC, options), ["logit", null, 1]],
    [
      "ConfusionMatrix",
      "classes",
      asMetric(trains.ConfusionMatrix),
      [1, ...NOT_COUNTS.filter((value) => value !== null)],
    ],
    ["Precision", "threshold", (options) => make(trains.Precision, options), NOT_NUMBERS],
    ["Recall", "average", asMetric(trains.Recall), ["mean", 1, null]],
    [
      "F1Score",
      "zeroDivision",
      asMetric(trains.F1Score),
      NOT_NUMBERS.filter((value) => !Number.isNaN(value)),
    ],
    ["FBetaScore", "beta", asMetric(trains.FBetaScore), [-1, ...NOT_NUMBERS]],
    ["TopKAccuracy", "k", (options) => make(trains.TopKAccuracy, options), NOT_COUNTS],
    [
      "progressBar",
      "every",
      (options) => call(trains.progressBar, { stream, ...options }),
      [-1, NaN, "3", null],
    ],
    [
      "renderCurve",
      "width",
      (options) => call(trains.renderCurve, curve, options),
      [-5, 0, 99, ...NOT_NUMBERS],
    ],
    [
      "renderCurve",
      "height",
      (options) => call(trains.renderCurve, curve, options),
      [-5, 0, 99, ...NOT_NUMBERS],
    ],
    ["renderCurve", "log", (options) => call(trains.renderCurve, curve, options), NOT_FLAGS],
    ["renderCurve", "title", (options) => call(trains.renderCurve, curve, options), [1, null, {}]],
    ["tensorBoard", "clock", (options) => call(trains.tensorBoard, step, options), NOT_FUNCTIONS],
  ];

test.each(TABLE)("%s: %s", (caller, name, run, wrong) => {
  const before = tf.memory().numTensors;
  for (const value of wrong) {
    let error: unknown;
    try {
      run({ [name]: value });
    } catch (thrown) {
      error = thrown;
    }
    const given = JSON.stringify(value) ?? String(value);
    expect(error, given).toMatchObject({
      name: expect.stringMatching(/Error$/) as string,
      code: "invalid-argument",
    });
    expect((error as Error).message, given).toContain(name);
    expect((error as Error).message, given).toContain(caller);
  }
  expect(tf.memory().numTensors).toBe(before);
});

test.each(NOT_COUNTS)("a histogram of %s buckets", async (buckets) => {
  const board = trains.tensorBoard(() => {});
  await expect(board.histogram("x", [1], 0, { buckets: buckets as number })).rejects.toThrow(
    "TensorBoard.histogram: buckets: expected an integer of at least 1",
  );
});

test("a checkpoint", () => {
  const to = { save() {}, restore() {}, wait() {} };
  const state = { rngs };
  const wrong: [options: object, message: string][] = [
    [{ to, resume: "no" }, 'checkpoint: resume: expected true or false, got "no"'],
    [{ to, metadata: { run: 3 } }, "checkpoint: metadata: run: expected a text, got the number 3"],
    [{ to, metadata: [] }, "checkpoint: metadata: expected texts by name, got an array"],
    [{ to, every: [{ steps: -1 }] }, "checkpoint.every: expected how often"],
    [{ to: 1 }, "checkpoint: to: expected a Checkpointer, got the number 1"],
  ];
  for (const [checkpoint, message] of wrong) expect(() => asTrain({ state, checkpoint })).toThrow(message);
});

test("a stream that somebody writes to", () => {
  const locked = new WritableStream<Uint8Array>();
  locked.getWriter();
  for (const log of [trains.csv, trains.jsonLines, trains.tensorBoard]) {
    expect(() => log(locked)).toThrow(/expected a stream that nobody writes to, got one that is locked/);
  }
});

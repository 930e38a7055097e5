/** @file What the types say of those who follow a run. */
import {
  csv,
  type Curve,
  type EventPort,
  type Every,
  history,
  type History,
  type HistoryCurve,
  type HistogramOptions,
  jsonLines,
  type LogTarget,
  type Patience,
  postEvents,
  progressBar,
  type ProgressBarOptions,
  type ProgressStream,
  renderCurve,
  type RenderCurveOptions,
  tensorBoard,
  type TensorBoard,
  type TensorBoardOptions,
  type Watched,
  type Watcher,
} from "@nnx-js/train";
import type * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf, test } from "vitest";

declare const image: tf.Tensor3D;
declare const target: LogTarget;
declare const channel: BroadcastChannel;

test("each of them follows a run", () => {
  expectTypeOf(csv).returns.toExtend<Watcher>();
  expectTypeOf(jsonLines).returns.toExtend<Watcher>();
  expectTypeOf(postEvents).returns.toExtend<Watcher>();
  expectTypeOf(progressBar).returns.toExtend<Watcher>();
  expectTypeOf<History>().toExtend<Watcher>();
  expectTypeOf<TensorBoard>().toExtend<Watcher>();
  expectTypeOf("run.csv").toExtend<LogTarget>();
  csv(target);
  jsonLines(target);
  // @ts-expect-error: a path, or what takes texts
  csv(1);
});

test("events go to what takes messages, bars to what takes texts", () => {
  expectTypeOf(channel).toExtend<EventPort>();
  expectTypeOf(process.stderr).toExtend<ProgressStream>();
  const options: ProgressBarOptions = { stream: process.stderr, every: 1000 };
  progressBar(options);
  // @ts-expect-error: every
  progressBar({ interval: 1000 });
  // @ts-expect-error: a port
  postEvents({});
});

test("curves have a name, steps and values", () => {
  expectTypeOf(history().curves).toEqualTypeOf<readonly HistoryCurve[]>();
  expectTypeOf<HistoryCurve>().toExtend<Curve>();
  expectTypeOf(history().logs("any").epochs).toEqualTypeOf<readonly number[]>();
  const options: RenderCurveOptions = { title: "Loss", log: true };
  expectTypeOf(renderCurve(history().curves, options)).toEqualTypeOf<string>();
  renderCurve({ name: "loss", steps: [1], values: [2] });
  // @ts-expect-error: values
  renderCurve({ name: "loss", steps: [1] });
  // @ts-expect-error: height
  renderCurve([], { hight: 1 });
});

test("a history may know the names of its figures", () => {
  const seen = history<"loss", "loss" | "accuracy">();
  expectTypeOf(seen).toEqualTypeOf<History<"loss", "loss" | "accuracy">>();
  expectTypeOf(seen.evaluations("accuracy")).toEqualTypeOf<HistoryCurve>();
  // @ts-expect-error: no figure of logs
  seen.logs("accuracy");
  // @ts-expect-error: accuracy
  seen.evaluations("acuracy");
});

test("TensorBoard takes figures, images, texts", () => {
  const options: TensorBoardOptions = { clock: () => 0 };
  const board = tensorBoard("logs", options);
  expectTypeOf(board).toEqualTypeOf<TensorBoard>();
  const buckets: HistogramOptions = { buckets: 10 };
  void board.histogram("weights", image, 1, buckets);
  void board.scalar("loss", 1, 1);
  // @ts-expect-error: a number
  void board.scalar("loss", "1", 1);
  // @ts-expect-error: clock
  tensorBoard("logs", { now: () => 0 });
});

test("how often is a number of steps, or a share of passes, and what is watched has a direction", () => {
  expectTypeOf(100).toExtend<Every>();
  expectTypeOf<{ epochs: number }>().toExtend<Every>();
  expectTypeOf<string>().not.toExtend<Every>();
  expectTypeOf<{ metric: "loss"; mode: "min" }>().toExtend<Watched<"loss">>();
  expectTypeOf<{ metric: "los"; mode: "min" }>().not.toExtend<Watched<"loss">>();
  expectTypeOf<{ metric: "loss"; mode: "min"; patience: number }>().toExtend<Patience<"loss">>();
  expectTypeOf<{ metric: "loss"; mode: "least"; patience: number }>().not.toExtend<Patience<"loss">>();
});

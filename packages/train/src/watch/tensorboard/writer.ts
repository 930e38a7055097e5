/** @file Event files for TensorBoard. */
import { InvalidArgumentError, ShapeMismatchError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { checkCount, checkFunction, checkNames } from "../../check.ts";
import type { TrainEvent, Watcher } from "../../loop/events.ts";
import { checkLogTarget, type LogSink, type LogTarget, openLog } from "../log-target.ts";
import { nodeModule, nodeProcess } from "../node.ts";
import {
  histogramEvent,
  imageEvent,
  restartEvent,
  scalarEvent,
  type SummaryOf,
  textEvent,
  versionEvent,
} from "./events.ts";
import { pngOf } from "./png.ts";
import { framed } from "./records.ts";

/** Options of {@link tensorBoard}. */
export interface TensorBoardOptions {
  /** Seconds since 1970, for each record; the clock's unless given. */
  clock?: (() => number) | undefined;
}

/** Options of {@link TensorBoard.histogram}. */
export interface HistogramOptions {
  /** How many buckets. 30 unless given. */
  buckets?: number | undefined;
}

let files = 0;

/**
 * Writes an event file that TensorBoard reads. As a watcher it writes the figures of logs as `train/<name>` and those
 * of evaluations as `eval/<name>`; its methods write what else one wants to see.
 *
 * ```ts
 * using board = tensorBoard("out/runs/first");
 * ```
 *
 * Each run has a file of its own, in which TensorBoard finds those before it; one that goes on after a step takes later figures back. Methods write in the order in which they
 * were called.
 */
export class TensorBoard implements Watcher {
  private readonly target: LogTarget;
  private readonly clock: () => number;
  private queue: Promise<LogSink> | undefined;

  /** @internal */
  constructor(target: LogTarget, { clock = () => Date.now() / 1000 }: TensorBoardOptions) {
    this.target = target;
    this.clock = clock;
  }

  /** A number, or a tensor of one element, rounded to float32. */
  async scalar(tag: string, value: number | tf.Tensor, step: number): Promise<void> {
    const of = this.about(tag, step, "scalar");
    const number = typeof value === "number" ? value : (await elementsOf(value, "scalar"))[0];
    if (number === undefined || (typeof value !== "number" && value.size !== 1)) {
      throw new ShapeMismatchError(
        `TensorBoard.scalar: expected one number for ${tag}, got ${shapeOf(value)}.`,
      );
    }
    await this.write(scalarEvent(of, number));
  }

  /**
   * How the values of a tensor are spread.
   *
   * @throws InvalidArgumentError for values that are not finite
   */
  async histogram(
    tag: string,
    values: tf.Tensor | ArrayLike<number>,
    step: number,
    options: HistogramOptions = {},
  ): Promise<void> {
    const of = this.about(tag, step, "histogram");
    checkNames("TensorBoard.histogram", options, ["buckets"], "{ buckets: 30 }");
    const { buckets = 30 } = options;
    checkCount("TensorBoard.histogram", "buckets", buckets, 1);
    const elements = values instanceof tf.Tensor ? await elementsOf(values, "histogram") : values;
    let event: Uint8Array;
    try {
      event = histogramEvent(of, elements, buckets);
    } catch (error) {
      throw new InvalidArgumentError(`TensorBoard.histogram: ${(error as Error).message} of ${tag}.`);
    }
    await this.write(event);
  }

  /** A text, shown as Markdown. */
  async text(tag: string, text: string, step: number): Promise<void> {
    const of = this.about(tag, step, "text");
    if (typeof text !== "string") {
      throw new InvalidArgumentError(`TensorBoard.text: expected a text for ${tag}, got ${typeof text}.`);
    }
    await this.write(textEvent(of, text));
  }

  /**
   * Pictures, as PNG files by the package `fast-png`.
   *
   * @param images `[height, width, channels]`, or `[n, height, width, channels]`, of 1 to 4 channels: floats from 0 to
   *   1, or int32 from 0 to 255. What is outside is cut off
   * @throws ShapeMismatchError; InvalidArgumentError where `fast-png` is missing
   */
  async image(tag: string, images: tf.Tensor, step: number): Promise<void> {
    const of = this.about(tag, step, "image");
    const { shape } = images;
    const [n, height, width, channels] = shape.length === 3 ? [1, ...shape] : shape;
    if (shape.length < 3 || shape.length > 4 || channels! < 1 || channels! > 4) {
      throw new ShapeMismatchError(
        `TensorBoard.image: expected the shape [height, width, channels] or [n, height, width, channels] with 1 to 4 ` +
          `channels for ${tag}, got ${shapeOf(images)}.`,
      );
    }
    const elements = await elementsOf(images, "image");
    const scale = images.dtype === "int32" ? 1 : 255;
    const pixels = Uint8ClampedArray.from(elements, (value) => value * scale);
    const size = height! * width! * channels!;
    const pngs = await Promise.all(
      Array.from({ length: n! }, (_, i) =>
        pngOf(pixels.subarray(i * size, (i + 1) * size), {
          width: width!,
          height: height!,
          channels: channels!,
        }),
      ),
    );
    await this.write(imageEvent(of, { width: width!, height: height!, files: pngs }));
  }

  /** Writes the figures of a run. */
  async event(event: TrainEvent): Promise<void> {
    if (event.type === "begin" && event.step > 0) await this.write(restartEvent(this.clock(), event.step));
    if (event.type !== "log" && event.type !== "evaluate") return;
    const prefix = event.type === "log" ? "train" : "eval";
    for (const [name, value] of Object.entries(event.metrics)) {
      if (typeof value === "number") await this.scalar(`${prefix}/${name}`, value, event.step);
    }
  }

  /** Ends the file. */
  async close(): Promise<void> {
    const { queue } = this;
    this.queue = undefined;
    await (await queue)?.close();
  }

  private about(tag: string, step: number, method: string): SummaryOf {
    if (typeof tag !== "string" || tag === "") {
      throw new InvalidArgumentError(
        `TensorBoard.${method}: expected a tag, got ${tag === "" ? "an empty text" : typeof tag}.`,
      );
    }
    if (!Number.isSafeInteger(step) || step < 0) {
      throw new InvalidArgumentError(
        `TensorBoard.${method}: expected an integer from 0 on for the step of ${tag}, got ${String(step)}.`,
      );
    }
    return { tag, step, seconds: this.clock() };
  }

  private async write(event: Uint8Array): Promise<void> {
    const before = this.queue ?? this.open();
    this.queue = before.then(async (sink) => {
      await sink.write(framed(event));
      return sink;
    });
    await this.queue;
  }

  private async open(): Promise<LogSink> {
    const sink = await openLog(this.target);
    await sink.write(framed(versionEvent(this.clock())));
    return sink;
  }
}

/**
 * Writes event files for TensorBoard: `tensorboard --logdir out/runs` shows them.
 *
 * @param folder the folder of the run, in Node; or a stream, or a function that takes the bytes of the file
 * @throws InvalidArgumentError for what is no target; while it runs, LogError
 */
export function tensorBoard(folder: LogTarget, options: TensorBoardOptions = {}): TensorBoard {
  checkLogTarget(folder, "tensorBoard");
  checkNames("tensorBoard", options, ["clock"], 'tensorBoard("out/run")');
  checkFunction("tensorBoard", "clock", options.clock);
  const isFolder = typeof folder === "string" || folder instanceof URL;
  return new TensorBoard(isFolder ? fileIn(folder) : folder, options);
}

/** A new name, which TensorBoard knows for that of an event file. */
function fileIn(folder: string | URL): string | URL {
  const seconds = Math.floor(Date.now() / 1000);
  const host = nodeModule("node:os")?.hostname() ?? "localhost";
  const name = `events.out.tfevents.${seconds}.${host}.${nodeProcess()?.pid ?? 0}.${files++}.v2`;
  if (typeof folder === "string") return `${folder.replace(/\/$/, "")}/${name}`;
  return new URL(name, folder.href.endsWith("/") ? folder : `${folder.href}/`);
}

async function elementsOf(tensor: unknown, method: string): Promise<ArrayLike<number>> {
  if (tensor instanceof tf.Tensor) return (await tensor.data()) as ArrayLike<number>;
  throw new InvalidArgumentError(`TensorBoard.${method}: expected a tensor, got ${typeof tensor}.`);
}

function shapeOf(value: unknown): string {
  return value instanceof tf.Tensor ? `the shape [${value.shape.join(", ")}]` : String(value);
}

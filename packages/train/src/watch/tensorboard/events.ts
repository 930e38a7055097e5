/** @file The messages of event files. Their bytes are those that the package `tensorboard` makes of the same. */
import { histogramOf } from "./histogram.ts";
import { Message } from "./wire.ts";

// Fields of tensorflow.Event, SessionLog, Summary, Summary.Value, SummaryMetadata and TensorProto.
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, session: 7 };
const SESSION_STARTS = new Message().integer(1, 1);
const VALUE = { tag: 1, tensor: 8, metadata: 9 };
const TENSOR = { dtype: 1, shape: 2, content: 4, floats: 5, strings: 8 };
const DTYPE = { float: 1, double: 2, string: 7 };

/** The first record of a file. */
export function versionEvent(seconds: number): Uint8Array<ArrayBuffer> {
  return new Message().double(EVENT.wallTime, seconds).text(EVENT.fileVersion, "brain.Event:2").encode();
}

/** Says that the run goes on after `step`: TensorBoard forgets what files before this one say of later steps. */
export function restartEvent(seconds: number, step: number): Uint8Array<ArrayBuffer> {
  return new Message()
    .double(EVENT.wallTime, seconds)
    .integer(EVENT.step, step + 1)
    .message(EVENT.session, SESSION_STARTS)
    .encode();
}

/** What a summary is about. */
export interface SummaryOf {
  readonly tag: string;
  readonly step: number;
  /** Seconds since 1970. */
  readonly seconds: number;
}

/** A number, rounded to float32. */
export function scalarEvent(of: SummaryOf, value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Float32Array.of(value).buffer);
  return summaryEvent(of, "scalars", tensor(DTYPE.float, []).bytes(TENSOR.floats, bytes));
}

/** How values are spread. */
export function histogramEvent(
  of: SummaryOf,
  values: ArrayLike<number>,
  buckets = 30,
): Uint8Array<ArrayBuffer> {
  const rows = histogramOf(values, buckets);
  const content = new Uint8Array(rows.buffer);
  return summaryEvent(of, "histograms", tensor(DTYPE.double, [buckets, 3]).bytes(TENSOR.content, content));
}

/** A text, as Markdown. */
export function textEvent(of: SummaryOf, text: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(text);
  return summaryEvent(of, "text", tensor(DTYPE.string, []).always(TENSOR.strings, bytes));
}

/** Pictures as the bytes of PNG files. */
export function imageEvent(
  of: SummaryOf,
  { width, height, files }: { width: number; height: number; files: readonly Uint8Array[] },
): Uint8Array<ArrayBuffer> {
  const message = tensor(DTYPE.string, [files.length + 2]);
  for (const size of [width, height]) message.always(TENSOR.strings, new TextEncoder().encode(String(size)));
  for (const file of files) message.always(TENSOR.strings, file);
  return summaryEvent(of, "images", message);
}

function tensor(dtype: number, shape: readonly number[]): Message {
  const shapeMessage = new Message();
  for (const size of shape) shapeMessage.message(2, new Message().integer(1, size));
  return new Message().integer(TENSOR.dtype, dtype).message(TENSOR.shape, shapeMessage);
}

function summaryEvent(
  { tag, step, seconds }: SummaryOf,
  plugin: string,
  value: Message,
): Uint8Array<ArrayBuffer> {
  const metadata = new Message().message(1, new Message().text(1, plugin));
  const summary = new Message().message(
    1,
    new Message().text(VALUE.tag, tag).message(VALUE.tensor, value).message(VALUE.metadata, metadata),
  );
  return new Message()
    .double(EVENT.wallTime, seconds)
    .integer(EVENT.step, step)
    .message(EVENT.summary, summary)
    .encode();
}

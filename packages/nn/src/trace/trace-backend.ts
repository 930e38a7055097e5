/** @file The TensorFlow.js backend whose kernels write down that they were launched. */
import { shapeRuleNames, ValuelessBackend, ValuelessData } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { EscapedTensorError, TracedValueError } from "./errors.ts";
import type { Value } from "./graph.ts";
import type { Recorder } from "./recorder.ts";
import { currentSource } from "./source.ts";

/** The name under which the recording kernels are registered; the backend itself is not. */
export const TRACE = "nnx-trace";

/** Data of a tensor, with the value that it stands for. */
class TraceData extends ValuelessData {
  readonly value: Value;

  constructor(backend: TraceBackend, value: Value) {
    super(backend);
    this.value = value;
  }
}

/** Tells which value of a graph each tensor stands for. One for each trace. */
export class TraceBackend extends ValuelessBackend {
  readonly recorder: Recorder;

  constructor(recorder: Recorder) {
    super();
    this.recorder = recorder;
  }

  /** What stands for `value`. */
  make(value: Value): tf.TensorInfo {
    return { dataId: new TraceData(this, value), shape: [...value.shape], dtype: value.dtype };
  }

  /** The value that a tensor of this trace stands for, also when it was disposed of. */
  valueFor(dataId: tf.DataId): Value | undefined {
    return dataId instanceof TraceData && dataId.backend === this ? dataId.value : undefined;
  }

  /** Records a launch. */
  launch(
    kernelName: string,
    inputs: tf.NamedTensorInfoMap,
    attrs: tf.NamedAttrMap,
  ): tf.TensorInfo | tf.TensorInfo[] {
    return this.recorder.launch(kernelName, inputs, attrs);
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    // Strings are refused by the recorder, and all others are numbers.
    return this.make(this.recorder.constant(values as ArrayLike<number>, shape, dtype)).dataId;
  }

  /** The error for a tensor of this trace that is used after it. */
  escapeError(dataId: tf.DataId): EscapedTensorError {
    const value = this.valueFor(dataId);
    return new EscapedTensorError(
      this.recorder.caller,
      currentSource(),
      value && this.recorder.makerOf(value),
    );
  }

  protected override readError(dataId: tf.DataId): Error {
    if (tf.engine().backendName !== TRACE) return this.escapeError(dataId);
    return new TracedValueError(this.recorder.caller, currentSource());
  }
}

/** The trace that is going on, the innermost of several; undefined where none is. */
export function activeTrace(): Recorder | undefined {
  const engine = tf.engine();
  if (engine.backendName !== TRACE) return undefined;
  const backend = engine["backendInstance"];
  return backend instanceof TraceBackend ? backend.recorder : undefined;
}

const registered = new Set<string>();

/** Registers a recording kernel for each shape rule that has none yet. */
export function registerTraceKernels(): void {
  const names = shapeRuleNames();
  // Rules are added, never removed.
  if (names.length === registered.size) return;
  for (const kernelName of names) {
    if (registered.has(kernelName)) continue;
    registered.add(kernelName);
    tf.registerKernel({
      kernelName,
      backendName: TRACE,
      kernelFunc: ({ inputs, attrs, backend }) =>
        // The engine hands over its active backend, and calls kernels of this name only while it is this one.
        (backend as TraceBackend).launch(kernelName, inputs, attrs ?? {}),
    });
  }
}

/** @file The TensorFlow.js backend whose kernels write down that they were launched. */
import { shapeRuleNames } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { EscapedTensorError, TracedValueError } from "./errors.ts";
import type { Value } from "./graph.ts";
import type { Recorder } from "./recorder.ts";
import { currentSource } from "./source.ts";

/** The name under which the recording kernels are registered; the backend itself is not. */
export const TRACE = "nnx-trace";

/** What the engine knows a tensor's elements by. Cheaper than weak maps from it: a trace makes thousands. */
class TraceData {
  readonly backend: TraceBackend;
  readonly value: Value;
  references = 1;

  constructor(backend: TraceBackend, value: Value) {
    this.backend = backend;
    this.value = value;
  }
}

/** Tells which value of a graph each tensor stands for. One for each trace. */
export class TraceBackend extends tf.KernelBackend {
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
    return this.dataOf(dataId)?.value;
  }

  private dataOf(dataId: tf.DataId): TraceData | undefined {
    return dataId instanceof TraceData && dataId.backend === this ? dataId : undefined;
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

  override refCount(dataId: tf.DataId): number {
    return this.dataOf(dataId)?.references ?? 0;
  }

  override incRef(dataId: tf.DataId): void {
    const data = this.dataOf(dataId);
    if (data) data.references++;
    else tf.engine().state.tensorInfo.get(dataId)?.backend.incRef(dataId);
  }

  override disposeData(dataId: tf.DataId, force = false): boolean {
    const data = this.dataOf(dataId);
    const references = force ? 0 : Math.max(0, this.refCount(dataId) - 1);
    if (data) data.references = references;
    return references === 0;
  }

  /** None: TensorFlow.js's leak check has nothing to find here. */
  override numDataIds(): number {
    return 0;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override readSync(dataId: tf.DataId): never {
    throw this.readError(dataId);
  }

  override read(dataId: tf.DataId): Promise<never> {
    return Promise.reject(this.readError(dataId));
  }

  override readToGPU(dataId: object): never {
    throw this.readError(dataId);
  }

  override dispose(): void {}

  /** The error for a tensor of this trace that is used after it. */
  escapeError(dataId: tf.DataId): EscapedTensorError {
    const value = this.valueFor(dataId);
    return new EscapedTensorError(
      this.recorder.caller,
      currentSource(),
      value && this.recorder.makerOf(value),
    );
  }

  private readError(dataId: tf.DataId): Error {
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

/** @file The Variables of a trace: what they hold at its beginning are parameters, what they hold at its end results. */
import { NnxError, VariableValueError } from "../errors.ts";
import { activeInterceptor, type VariableInterceptor } from "../variable/access.ts";
import type { Variable } from "../variable/variable.ts";
import * as tf from "@tensorflow/tfjs-core";
import type { Value } from "./graph.ts";
import type { Recorder } from "./recorder.ts";

/** What became of a Variable in a trace. */
interface TracedVariable {
  /** What it held at the beginning. */
  readonly initial: Value;
  /** What it holds; kept until the end of the trace. */
  current: tf.Tensor;
  isWritten: boolean;
}

/** Gives traced tensors for Variables from outside, and lets those that are made inside keep theirs. */
export class VariableTracer implements VariableInterceptor {
  /** Variables from outside that were read or written, in that order. */
  readonly outer = new Map<Variable, TracedVariable>();
  /** Variables that the function made. */
  readonly inner = new Set<Variable>();
  private readonly recorder: Recorder;
  /** What sees the Variables outside of this trace. */
  private readonly around = activeInterceptor();
  /** Of Variables that have another shape in the trace than outside. */
  private readonly shapes: ReadonlyMap<Variable, readonly number[]>;
  /** What stands in for Variables outside of this trace. */
  private readonly values: ReadonlyMap<Variable, tf.Tensor>;

  constructor(
    recorder: Recorder,
    shapes: ReadonlyMap<Variable, readonly number[]> = new Map(),
    values: ReadonlyMap<Variable, tf.Tensor> = new Map(),
  ) {
    this.recorder = recorder;
    this.shapes = shapes;
    this.values = values;
  }

  adopt(value: tf.Tensor): tf.Tensor {
    // A Variable owns its tensor: it must not take one from outside, nor an argument's stand-in.
    return tf.clone(value);
  }

  created(variable: Variable): void {
    this.inner.add(variable);
  }

  read(variable: Variable): tf.Tensor {
    return this.inner.has(variable) ? variable.store.read() : this.traced(variable).current;
  }

  shapeOf(variable: Variable): readonly number[] | undefined {
    if (this.inner.has(variable)) return undefined;
    return (
      this.outer.get(variable)?.current.shape ??
      this.shapes.get(variable) ??
      this.values.get(variable)?.shape ??
      this.around?.shapeOf?.(variable)
    );
  }

  write(variable: Variable, value: tf.Tensor): void {
    if (this.inner.has(variable)) {
      variable.store = variable.store.write(this.adopt(value));
      return;
    }
    const traced = this.traced(variable);
    if (value === traced.current) return;
    const next = tf.keep(tf.clone(value));
    traced.current.dispose();
    traced.current = next;
    traced.isWritten = true;
  }

  /** Frees what the Variables held. */
  dispose(): void {
    for (const { current } of this.outer.values()) current.dispose();
    for (const variable of this.inner) variable.store.dispose();
  }

  private traced(variable: Variable): TracedVariable {
    const known = this.outer.get(variable);
    if (known) return known;
    const standIn = this.values.get(variable);
    if (!this.around && !standIn) assertReadable(variable);
    const { shape: outside, dtype } = standIn ?? this.around?.read(variable) ?? variable.store;
    const shape = this.shapes.get(variable) ?? outside;
    const current = tf.keep(this.recorder.newTensor(shape, dtype));
    const traced = { initial: this.recorder.valueOf(current), current, isWritten: false };
    this.outer.set(variable, traced);
    return traced;
  }
}

/** An abstract Variable has no value that a call could use. */
function assertReadable(variable: Variable): void {
  if (!variable.isAbstract) return;
  try {
    variable.store.read();
  } catch (error) {
    throw error instanceof NnxError ? new VariableValueError(error.detail, variable) : error;
  }
}

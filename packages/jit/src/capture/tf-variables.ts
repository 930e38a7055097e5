/** @file TensorFlow.js's own Variables in a trace: meanwhile they hold traced tensors. */
import * as tf from "@tensorflow/tfjs-core";
import type { Recorder, Value } from "@nnx-js/nn/trace";

/** A `tf.Variable` that the function used. */
export interface TracedTfVariable {
  readonly variable: tf.Variable;
  /** What it held at the beginning. */
  readonly initial: Value;
  /** What it holds at the end, if something was assigned. */
  readonly written: Value | undefined;
}

interface Suspended {
  readonly variable: tf.Variable;
  readonly dataId: tf.DataId;
  readonly standIn: tf.Tensor;
}

/**
 * Gives each registered `tf.Variable` traced data, which `assign` may replace, and puts their own back in the end.
 * They are found in the engine: operations take their data without asking.
 */
export class TfVariableTracer {
  readonly #recorder: Recorder;
  readonly #suspended: Suspended[];

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
    this.#suspended = Object.values(tf.engine().registeredVariables)
      .filter(({ dtype }) => dtype === "float32" || dtype === "int32" || dtype === "bool")
      .map((variable) => {
        const standIn = tf.keep(recorder.newTensor(variable.shape, variable.dtype));
        const { dataId } = variable;
        recorder.backend.incRef(standIn.dataId);
        variable.dataId = standIn.dataId;
        return { variable, dataId, standIn };
      });
  }

  /** The Variables that were registered during the trace. */
  created(): tf.Variable[] {
    const known = new Set(this.#suspended.map(({ variable }) => variable));
    return Object.values(tf.engine().registeredVariables).filter((variable) => !known.has(variable));
  }

  /** What became of each. */
  traced(): TracedTfVariable[] {
    return this.#suspended.map(({ variable, standIn }) => ({
      variable,
      initial: this.#recorder.valueOf(standIn),
      written: variable.dataId === standIn.dataId ? undefined : this.#recorder.valueOf(variable),
    }));
  }

  /** Gives the Variables their own data back. */
  restore(): void {
    const { tensorInfo } = tf.engine().state;
    for (const { variable, dataId, standIn } of this.#suspended) {
      const { backend } = this.#recorder;
      // As `assign` does to what it replaces, but for the counts of tensors: the Variable itself stays.
      if (backend.disposeData(variable.dataId) && tensorInfo.has(variable.dataId)) {
        tf.engine().removeDataId(variable.dataId, backend);
      }
      variable.dataId = dataId;
      standIn.dispose();
    }
  }
}

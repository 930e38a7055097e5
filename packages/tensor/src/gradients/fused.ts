/** @file Mends the gradient that `tf.fused.matMul` brings along, which forgets that its batches were broadcast. */
import * as tf from "@tensorflow/tfjs-core";
import { sumTo } from "./broadcast.ts";
import type { InputGradients } from "./gradient.ts";

type Backward = (dy: tf.Tensor, saved: tf.Tensor[], attrs: tf.NamedAttrMap) => InputGradients;

/** The part of TensorFlow.js's engine that writes the tape; not in its published types. */
interface Recorder {
  addTapeNode(
    name: string,
    inputs: Record<string, tf.Tensor>,
    outputs: tf.Tensor[],
    backward: Backward | null,
    ...others: unknown[]
  ): void;
}

/** The name under which TensorFlow.js records the operation, whose inputs are a, b and the bias. */
const FUSED_MAT_MUL = "fusedMatMul__op";

let isMended = false;

/** Sums each gradient of a fused product over the axes along which its input was repeated. Later calls do nothing. */
export function mendFusedMatMul(): void {
  // This member is private in TypeScript only.
  const engine = tf.engine() as unknown as Recorder;
  if (isMended || typeof engine.addTapeNode !== "function") return;
  isMended = true;
  const addTapeNode = engine.addTapeNode.bind(engine);
  engine.addTapeNode = (name, inputs, outputs, backward, ...others) => {
    const mended: Backward | null =
      backward && name === FUSED_MAT_MUL ? (...call) => summed(backward(...call), inputs) : backward;
    addTapeNode(name, inputs, outputs, mended, ...others);
  };
}

function summed(gradients: InputGradients, inputs: Record<string, tf.Tensor>): InputGradients {
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => [
      name,
      // A gradient has the name of its input.
      () => sumTo(gradient(), inputs[name]!.shape),
    ]),
  );
}

/** @file The weights of recurrent layers: the order of their gates, and their biases. */
import {
  type GRUCell,
  type LSTMCell,
  type OptimizedLSTMCell,
  type SimpleCell,
  type Variable,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { reordered, same, type Slot } from "./slots.ts";

/** Keras's recurrent layers may have no bias, ours add zeros then. */
const orZeros = (slot: Slot): Slot => ({ ...slot, isZeroWithout: true });

/** Keras: `tanh(x kernel + h recurrent_kernel + bias)`. */
export function simpleSlots({ denseI, denseH }: SimpleCell): Slot[] {
  return [same("kernel", denseI.kernel), same("recurrent_kernel", denseH.kernel), ...(denseI.bias ? [orZeros(same("bias", denseI.bias))] : [])]; // prettier-ignore
}

/** The gates are i, f, c, o in Keras: our i, f, g, o. */
export function optimizedLstmSlots({ denseI, denseH }: OptimizedLSTMCell): Slot[] {
  return [same("kernel", denseI.kernel), same("recurrent_kernel", denseH.kernel), ...(denseH.bias ? [orZeros(same("bias", denseH.bias))] : [])]; // prettier-ignore
}

/** The gates side by side in Keras, each a layer of its own here. */
export function lstmSlots({ ii, if_, ig, io, hi, hf, hg, ho }: LSTMCell): Slot[] {
  const biases = [hi, hf, hg, ho].flatMap(({ bias }) => bias ?? []);
  return [
    sideBySide(
      "kernel",
      [ii, if_, ig, io].map(({ kernel }) => kernel),
    ),
    sideBySide(
      "recurrent_kernel",
      [hi, hf, hg, ho].map(({ kernel }) => kernel),
    ),
    ...(biases.length === 4 ? [orZeros(sideBySide("bias", biases))] : []),
  ];
}

function sideBySide(role: string, leaves: readonly Variable[]): Slot {
  const { shape } = leaves[0]!;
  return {
    roles: [role],
    leaves,
    shape: () => [...shape.slice(0, -1), shape.at(-1)! * leaves.length],
    toModel: (part) => tf.split(part, leaves.length, -1),
    toFile: (values) => tf.concat([...values], -1),
  };
}

/** From Keras's z, r, h to our r, z, n; it is its own inverse. */
const ORDER = [1, 0, 2];

/**
 * Keras with `reset_after`: `h = tanh(x W + b + r * (h U + c))`, which is ours with `useRecurrentBias`. The biases b and c
 * are the rows of one weight.
 */
export function gruSlots(cell: GRUCell): Slot[] {
  const { denseI, denseH } = cell;
  return [
    gruKernel("kernel", denseI.kernel),
    gruKernel("recurrent_kernel", denseH.kernel),
    ...(denseI.bias ? [gruBias(cell, denseI.bias, denseH.bias)] : []),
  ];
}

function gruKernel(role: string, leaf: Variable): Slot {
  return {
    ...same(role, leaf),
    toModel: (part) => [reordered(part, 3, ORDER)],
    toFile: ([value]) => reordered(value!, 3, ORDER),
  };
}

/** Why a GRU without `reset_after` cannot be loaded. */
export const BEFORE_PRODUCT =
  "a GRU with reset_after: false, the only one of TensorFlow.js, applies its reset gate before the product with what is " +
  "carried, and GRUCell after it: no weights make them equal. Write a cell of your own for it, or train with reset_after: " +
  "true.";

function gruBias(cell: GRUCell, bias: Variable, recurrent: Variable | undefined): Slot {
  const gates = 3 * cell.hiddenFeatures;
  const leaves = recurrent ? [bias, recurrent] : [bias];
  return {
    roles: ["bias"],
    leaves,
    isZeroWithout: true,
    // Without reset_after there is one row, which is refused below with a reason.
    shape: (found) => (found?.join() === `${gates}` ? found : [2, gates]),
    toModel(part) {
      const [input, carried] = tf.unstack(reordered(part, 3, ORDER));
      // The gates r and z add both up; the bias of h that is not carried over is zero, or the link was refused.
      return recurrent ? [input!, carried!] : [tf.add(input!, carried!)];
    },
    toFile: ([input, carried]) => reordered(tf.stack([input!, carried ?? tf.zerosLike(input!)]), 3, ORDER),
    async refuses([part]) {
      if (part!.rank === 1) return BEFORE_PRODUCT;
      if (recurrent) return undefined;
      const values = await part!.data();
      const ofCandidate = values.subarray(2 * gates - cell.hiddenFeatures);
      if (ofCandidate.every((value) => value === 0)) return undefined;
      return (
        "Keras's GRU adds a recurrent bias that its reset gate is multiplied with, and this GRUCell has no place for it. " +
        "Make it with { useRecurrentBias: true }."
      );
    },
  };
}

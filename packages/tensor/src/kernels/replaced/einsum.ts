/** @file TensorFlow.js's Einsum is wrong for some equations and wasteful for others; this puts ours in its place. */
import * as tf from "@tensorflow/tfjs-core";
import { einsumOn } from "../einsum/einsum.ts";
import type { ReplacedKernel } from "./replacement.ts";

/**
 * Replaces Einsum on a backend. TensorFlow.js's own fails where an operand is summed alone or is a scalar, answers its
 * operand itself where nothing is to be done, and multiplies all elements with all before it sums: of attention's
 * `bqhd,bkhd->bhqk` it stores the products of every query with every key, element by element.
 */
export const einsumOf = (backendName: string): readonly ReplacedKernel[] => [
  [
    tf.Einsum,
    (original) => {
      const kernelFunc = einsumOn(backendName);
      return (call) => {
        // Complex numbers only have TensorFlow.js's own way.
        const isComplex = Object.values(call.inputs).some((x) => x?.dtype === "complex64");
        return isComplex ? original(call) : kernelFunc(call);
      };
    },
  ],
];

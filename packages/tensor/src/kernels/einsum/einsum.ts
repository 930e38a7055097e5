/** @file Einsum by one matrix product, where TensorFlow.js multiplies everything with everything and then sums. */
import * as tf from "@tensorflow/tfjs-core";
import { compose, type RunKernel } from "../compose.ts";
import { arranged, grouped, type Labelled, matrices, sizeOf, summed } from "./labelled.ts";

/** The Einsum kernel of a backend; others than float32 are cast to it and back. */
export function einsumOn(backendName: string): tf.KernelFunc {
  return ({ inputs, backend, attrs }) => {
    // Einsum has a list of inputs, and the registry hands over backends untyped.
    const operands = Object.values(inputs) as tf.TensorInfo[];
    const { equation } = attrs as unknown as tf.EinsumAttrs;
    return compose(backend as tf.KernelBackend, backendName, (run) => {
      const { dtype } = operands[0]!;
      const cast = (x: tf.TensorInfo, to: tf.DataType) =>
        x.dtype === to ? x : run(tf.Cast, { x }, { dtype: to });
      const floats = operands.map((x) => cast(x, "float32"));
      const result = cast(einsum(run, floats, equation), dtype);
      // An operand that nothing happened to is not the kernel's to give away.
      return operands.includes(result) ? run(tf.Identity, { x: result }) : result;
    });
  };
}

/** @throws Error, in TensorFlow.js's words, for an equation that `tf.einsum` does not take or sizes that differ */
function einsum(run: RunKernel, operands: tf.TensorInfo[], equation: string): tf.TensorInfo {
  const { allDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, operands.length);
  // Reads the shapes only, though it is typed to take tensors.
  tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, operands as tf.Tensor[]);
  const output = equation.replace(/\s/g, "").split("->")[1]!.split("");
  const terms = idDims.map((dims) => dims.map((dim) => allDims[dim]!));
  const [a, b] = operands.map((info, i) => {
    const others = terms.filter((_, j) => j !== i).flat();
    return summed(run, { info, labels: terms[i]! }, [...output, ...others]);
  });
  return arranged(run, b ? product(run, a!, b, output) : a!, output).info;
}

/** The product of two operands, summed over the labels that `output` does not have and that both operands have. */
function product(run: RunKernel, a: Labelled, b: Labelled, output: readonly string[]): Labelled {
  const batch = output.filter((label) => a.labels.includes(label) && b.labels.includes(label));
  const rows = output.filter((label) => !b.labels.includes(label));
  const columns = output.filter((label) => !a.labels.includes(label));
  const inner = a.labels.filter((label) => !output.includes(label));
  const isSwapped = output.join() === [...batch, ...columns, ...rows].join();
  // Swapped operands give the transpose, which then needs not be made.
  if (isSwapped && rows.length > 0 && columns.length > 0) return product(run, b, a, output);

  const multiply = (): tf.TensorInfo => {
    if (inner.length === 0) {
      const inputs = { a: grouped(run, a, [batch, rows, []]), b: grouped(run, b, [batch, [], columns]) };
      return run(tf.Multiply, inputs);
    }
    if (rows.length + columns.length === 0) {
      const inputs = { a: grouped(run, a, [batch, inner]), b: grouped(run, b, [batch, inner]) };
      return run(tf.Sum, { x: run(tf.Multiply, inputs) }, { axis: 1, keepDims: false });
    }
    const [left, right] = [matrices(run, a, batch, rows, inner), matrices(run, b, batch, inner, columns)];
    const transposes = { transposeA: left.transposed, transposeB: right.transposed };
    return run(tf.BatchMatMul, { a: left.info, b: right.info }, transposes);
  };

  const labels = [...batch, ...rows, ...columns];
  const shape = labels.map((label) => sizeOf(a.labels.includes(label) ? a : b, [label]));
  return { info: run(tf.Reshape, { x: multiply() }, { shape }), labels };
}

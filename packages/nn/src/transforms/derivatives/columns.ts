/** @file The columns, or the rows, of a Jacobian, all at once. */
import * as tf from "@tensorflow/tfjs-core";
import type { RecordedBody } from "../../trace/record-body.ts";
import { replay } from "../../trace/replay.ts";
import { splitGraph } from "../../trace/partial.ts";
import { batchGraph } from "../batching/batch-graph.ts";
import type { FunctionGraph } from "./function-graph.ts";
import { recordJvp } from "./jvp.ts";
import { recordVjp } from "./vjp.ts";

/** What a Jacobian is made of: the outputs of the function, and for each input the block of each output. */
export interface Found {
  readonly results: tf.Tensor[];
  readonly found: tf.Tensor[][];
}

/** A derivative for each element of the arguments. */
export function byInputs(recorded: FunctionGraph): Found {
  const { primals, out } = recorded;
  const [inputs, outputs] = [floatsOf(primals), floatsOf(out)];
  const joint = recordJvp(
    recorded,
    primals.tensors.map((tensor, i) => (primals.isFloat[i] ? tensor : undefined)),
    true,
  );
  return columns(
    recorded,
    joint,
    inputs.map((i) => primals.tensors[i]!.shape),
    (i, changes) =>
      changes.map((change, o) => {
        const [from, to] = [primals.tensors[inputs[i]!]!.shape, out.tensors[outputs[o]!]!.shape];
        const [n, m] = [tf.util.sizeFromShape(from), tf.util.sizeFromShape(to)];
        return tf.reshape(tf.transpose(tf.reshape(change, [n, m])), [...to, ...from]);
      }),
  );
}

/** A gradient for each element of the result. */
export function byOutputs(recorded: FunctionGraph): Found {
  const { primals, out } = recorded;
  const [inputs, outputs] = [floatsOf(primals), floatsOf(out)];
  const { results, found } = columns(
    recorded,
    recordVjp(recorded),
    outputs.map((o) => out.tensors[o]!.shape),
    (o, gradients) =>
      gradients.map((gradient, i) =>
        tf.reshape(gradient, [...out.tensors[outputs[o]!]!.shape, ...primals.tensors[inputs[i]!]!.shape]),
      ),
  );
  // By input, then output, as forward mode gives them.
  return { results, found: inputs.map((_input, i) => found.map((row) => row[i]!)) };
}

/** Runs the rest of a linear function for each unit vector of each of its inputs, a batch for each input. */
function columns(
  { body, parameters }: FunctionGraph,
  joint: RecordedBody,
  shapes: readonly (readonly number[])[],
  blocksOf: (input: number, results: readonly tf.Tensor[]) => tf.Tensor[],
): Found {
  const start = body.graph.parameters.length;
  const count = body.graph.outputs.length;
  const { first, later } = splitGraph(
    joint.graph,
    (i) => i >= start && i < start + shapes.length,
    (i) => i >= count && i < joint.resultCount,
  );
  const results = replay(first, [...parameters(), ...joint.surroundings()]);
  const known = joint.graph.outputs.length - (joint.resultCount - count);
  joint.dispose();
  const residuals = results.slice(known);
  const found = shapes.map((shape, input) => {
    const size = tf.util.sizeFromShape([...shape]);
    if (size === 0) return blocksOf(input, emptyOf(later.outputs.map(({ value }) => value.shape)));
    const units = tf.reshape(unitVectors(size), [size, ...shape]);
    const given = shapes.map((other, i) =>
      i === input ? { tensor: units, isBatched: true } : { tensor: tf.zeros([...other]), isBatched: false },
    );
    const all = [...given, ...residuals.map((tensor) => ({ tensor, isBatched: false }))];
    const columnsOf = batchGraph(later, all, { size }).map(({ tensor, isBatched }) =>
      isBatched ? tensor : tf.tile(tf.expandDims(tensor, 0), [size, ...tensor.shape.map(() => 1)]),
    );
    return blocksOf(input, columnsOf);
  });
  return { results: results.slice(0, count), found };
}

/** The identity matrix, made on the device; `tf.oneHot` refuses one class. */
function unitVectors(size: number): tf.Tensor {
  return size === 1 ? tf.ones([1, 1]) : tf.oneHot(tf.range(0, size, 1, "int32"), size, 1, 0, "float32");
}

function emptyOf(shapes: readonly (readonly number[])[]): tf.Tensor[] {
  return shapes.map((shape) => tf.zeros([0, ...shape]));
}

export function floatsOf({ isFloat }: { readonly isFloat: readonly boolean[] }): number[] {
  return isFloat.flatMap((is, i) => (is ? [i] : []));
}

/** @file A recorded function together with its gradients, as one graph. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import type { Graph } from "../graph.ts";
import { type BodySpec, recordBody } from "../record-body.ts";
import { replay } from "../replay.ts";
import { withTape } from "../with-tape.ts";

/** The gradients of a graph, with the graph itself. */
export interface VjpBody {
  /**
   * Takes the parameters of the original, then a gradient for each output that has one. Gives the outputs of the
   * original, then the gradients that are not zero.
   */
  readonly graph: Graph;
  /** For each parameter of the original the output that is its gradient, counted behind the original's own; undefined for zero. */
  readonly gradientOf: readonly (number | undefined)[];
}

const specOf = ({ shape, dtype }: BodySpec): BodySpec => ({ shape: [...shape], dtype });

/**
 * Records `graph` and its gradients.
 *
 * @param given the numbers of outputs for which gradients come in; the others' are zero
 * @param wanted the numbers of parameters whose gradients are asked for
 */
export function vjpBody(graph: Graph, given: readonly number[], wanted: readonly number[]): VjpBody {
  const specs = [
    ...graph.parameters.map(specOf),
    ...given.map((output) => ({ ...specOf(graph.outputs[output]!.value), dtype: "float32" as const })),
  ];
  const count = graph.parameters.length;
  let gradientOf: (number | undefined)[] = [];
  const body = recordBody(
    (...tensors) => {
      const parameters = tensors.slice(0, count);
      const cotangents = tensors.slice(count);
      let outputs: tf.Tensor[] = [];
      try {
        const gradients = gradientsOf(
          () => (outputs = replay(graph, parameters)),
          wanted.map((parameter) => parameters[parameter]!),
          given,
          cotangents,
        );
        // No two of the results may be the same tensor.
        const results: tf.Tensor[] = outputs.map((tensor) => tf.clone(tensor));
        gradientOf = graph.parameters.map(() => undefined);
        for (const [i, parameter] of wanted.entries()) {
          const gradient = gradients[i];
          if (gradient) gradientOf[parameter] = results.push(tf.clone(gradient)) - 1 - graph.outputs.length;
        }
        return results;
      } finally {
        // They are kept beyond the tape: no scope frees them.
        for (const tensor of outputs) tensor.dispose();
      }
    },
    specs,
    { caller: `gradient(${graph.name})`, name: graph.name, isLocated: false },
  );
  body.dispose();
  if (body.graph.parameters.length > specs.length) {
    throw new InvalidArgumentError(
      `gradient(${graph.name}): expected rules that close over the same in each run, and whose backward writes to no ` +
        "Variable that forward does not use, found one that closed over another tensor, or wrote to another Variable, " +
        "when its gradient was taken. Pass it to the function as an argument, and give undefined for its gradient.",
    );
  }
  return { graph: body.graph, gradientOf };
}

/** The gradients of `xs` for those of the outputs of `run`; undefined where none depends on one. */
function gradientsOf(
  run: () => tf.Tensor[],
  xs: tf.Tensor[],
  given: readonly number[],
  cotangents: readonly tf.Tensor[],
): (tf.Tensor | undefined)[] {
  if (given.length === 0 || xs.length === 0) {
    run();
    return xs.map(() => undefined);
  }
  // A number whose gradient for each output is what was given.
  const join = tf.customGrad((...outputs) => {
    outputs.pop();
    return { value: tf.scalar(0), gradFunc: () => cotangents.map((tensor) => tf.clone(tensor)) };
  });
  const all = () => {
    const outputs = run();
    for (const tensor of outputs) tf.keep(tensor);
    return join(...given.map((output) => outputs[output]!));
  };
  const { grads } = withTape(() => tf.engine().gradients(all, xs, undefined, true));
  // With `allowNoGradients` some may be missing.
  return grads;
}

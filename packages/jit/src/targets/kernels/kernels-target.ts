/** @file The target `kernels` in a call: tensors in, kernels of the active backend, tensors out. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Traced } from "../../capture/trace.ts";
import { JitArgumentError } from "../../errors.ts";
import { Holdings } from "../../memory/holdings.ts";
import { replayOf } from "./replay.ts";
import type { Binding } from "../../call/binding.ts";
import type { Target } from "../../call/executable.ts";

/** Replays the graph on whatever backend is active. */
export function kernelsTarget({ graph, sources, writes }: Traced): Target {
  const program = replayOf(graph);
  const parameters: tf.Tensor[] = [];
  return {
    name: "kernels",
    run(binding) {
      for (const [i, source] of sources.entries()) {
        switch (source.kind) {
          case "argument":
            parameters[i] = aliveArgument(graph.name, binding, source.leaf);
            break;
          case "variable":
            parameters[i] = binding.variable(source.holder).value;
            break;
          case "tfVariable":
            parameters[i] = binding.tfVariable(source.holder);
            break;
          case "captured":
            parameters[i] = source.tensor;
            break;
        }
      }
      const outputs = program.run(parameters);
      parameters.length = 0;
      for (const write of writes) {
        const value = outputs[write.output]!;
        if (write.kind === "variable") binding.variable(write.holder).value = value;
        else {
          binding.tfVariable(write.holder).assign(value);
          value.dispose();
        }
      }
      return outputs;
    },
    holdings: new Holdings(),
    describe: () => "",
  };
}

/** A tensor of the arguments. @throws JitArgumentError for one that was disposed of */
export function aliveArgument(name: string, binding: Binding, leaf: number): tf.Tensor {
  const tensor = binding.tensors[leaf]!;
  if (!tensor.isDisposed) return tensor;
  throw new JitArgumentError(
    name,
    `expected tensors, found a disposed one of shape [${tensor.shape.join(", ")}] among the arguments. ` +
      `Dispose of arguments after the call.`,
  );
}

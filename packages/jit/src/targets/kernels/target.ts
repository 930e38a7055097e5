/** @file The target `kernels`: tensors in, kernels of the active backend, tensors out. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Traced } from "../../capture/trace.ts";
import { Holdings } from "../../memory/holdings.ts";
import { aliveArgument } from "../alive-argument.ts";
import type { Program, Target } from "../target.ts";
import { replayOf } from "@nnx-js/nn/trace";

/** Replays graphs on whatever backend is active. */
export const kernels: Target = {
  name: "kernels",
  tracesFor: (backendName) => backendName,
  check() {},
  compile: replayed,
};

function replayed({ graph, sources, writes }: Traced): Program {
  const program = replayOf(graph);
  const parameters: tf.Tensor[] = [];
  return {
    run(call) {
      for (const [i, source] of sources.entries()) {
        switch (source.kind) {
          case "argument":
            parameters[i] = aliveArgument(graph.name, call, source.leaf);
            break;
          case "variable":
            parameters[i] = call.variable(source.holder).value;
            break;
          case "tfVariable":
            parameters[i] = call.tfVariable(source.holder);
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
        if (write.kind === "variable") call.variable(write.holder).value = value;
        else {
          call.tfVariable(write.holder).assign(value);
          value.dispose();
        }
      }
      return outputs;
    },
    holdings: new Holdings(),
    describe: () => "",
  };
}

/** @file The derivative of branches in a direction: that of the one that is taken, which runs with its derivative. */
import * as tf from "@tensorflow/tfjs-core";
import { Body } from "../../../trace/control/body.ts";
import { attrsOf, type CondAttrs } from "../../../trace/control/kernels.ts";
import { launchCond } from "../../../trace/control/launch.ts";
import { recordBody } from "../../../trace/record-body.ts";
import type { JvpRule, RunJvp } from "./rule.ts";

/** The rule of the kernel. It runs the branch together with its derivative. */
export function condRule(run: RunJvp): JvpRule {
  return (node) => {
    const { branches } = attrsOf<CondAttrs>(node);
    const given = Object.values(node.inputs);
    const [, ...tangents] = Object.keys(node.inputs).map((name) => node.tangents[name]);
    const changing = [...tangents.keys()].filter((i) => tangents[i]);
    const { outputs } = branches[0]!.graph;
    const floats = [...outputs.keys()].filter((i) => outputs[i]!.value.dtype === "float32");
    const key = `jvp ${changing.join()} of ${branches.map(({ id }) => id).join()}`;
    const bodies = branches[0]!.once(key, () =>
      branches.map((branch) => jointBody(branch, changing, floats, run)),
    );
    const results = launchCond([...given, ...changing.map((i) => tangents[i]!)], { branches: bodies });
    const changes = results.slice(outputs.length);
    return {
      outputs: results.slice(0, outputs.length),
      tangents: outputs.map((_, i) => changes[floats.indexOf(i)]),
    };
  };
}

/** Takes operands, then directions of those that change; gives results, then directions of those that are floats. */
function jointBody(
  { graph }: Body,
  changing: readonly number[],
  floats: readonly number[],
  run: RunJvp,
): Body {
  const specs = graph.parameters.map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
  const joint = recordBody(
    (...tensors) => {
      const found = run(
        graph,
        tensors.slice(0, specs.length),
        specs.map((_, i) => tensors[changing.includes(i) ? specs.length + changing.indexOf(i) : -1]),
      );
      const changes = floats.map((i) => found.tangents[i] ?? tf.zeros([...graph.outputs[i]!.value.shape]));
      // No two of the results may be the same tensor.
      return [...found.outputs, ...changes].map((tensor) => tf.clone(tensor));
    },
    [...specs, ...changing.map((i) => specs[i]!)],
    { caller: `jvp(${graph.name})`, name: graph.name, isLocated: false },
  );
  joint.dispose();
  return new Body(joint.graph);
}

/** @file The derivative of loops with a condition: directions are carried beside what they are of. */
import * as tf from "@tensorflow/tfjs-core";
import { Body, numberingOf, regraphed } from "../../../trace/control/body.ts";
import { attrsOf, type WhileAttrs } from "../../../trace/control/kernels.ts";
import { launchWhile } from "../../../trace/control/launch.ts";
import type { Value } from "../../../trace/graph.ts";
import { recordBody } from "../../../trace/record-body.ts";
import type { JvpRule, RunJvp } from "./rule.ts";

/** The rule of the kernel. */
export function whileRule(jvpGraph: RunJvp): JvpRule {
  return (node) => {
    const attrs = attrsOf<WhileAttrs>(node);
    const given = Object.values(node.inputs);
    const tangents = Object.keys(node.inputs).map((name) => node.tangents[name]);
    const floats = [...given.keys()].filter((i) => given[i]!.dtype === "float32");
    const carried = floats.filter((i) => i < attrs.carries);
    const fixed = floats.filter((i) => i >= attrs.carries && tangents[i]);
    const { condition, body } = attrs.body.once(`jvp ${attrs.condition.id} ${fixed.join()}`, () =>
      jointBodies(attrs, carried, fixed, jvpGraph),
    );
    const outputs = launchWhile(
      [
        ...given.slice(0, attrs.carries),
        ...carried.map((i) => tangents[i] ?? tf.zerosLike(given[i]!)),
        ...given.slice(attrs.carries),
        ...fixed.map((i) => tangents[i]!),
      ],
      { ...attrs, condition, body, carries: attrs.carries + carried.length },
    );
    const changes = outputs.slice(attrs.carries);
    // The loop itself runs apart from this one: `linearize` knows what it gives before there are directions.
    return given.slice(0, attrs.carries).map((_, i) => changes[carried.indexOf(i)]);
  };
}

/** Condition and body, which take carries, directions of carries, constants, directions of constants. */
function jointBodies(
  { condition, body, carries }: WhileAttrs,
  carried: readonly number[],
  fixed: readonly number[],
  jvpGraph: RunJvp,
): { readonly condition: Body; readonly body: Body } {
  const { graph } = body;
  const specs = graph.parameters.map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
  const directionsOf = (indices: readonly number[]) => indices.map((i) => specs[i]!);
  const places = carried.map((_, i) => carries + i);
  const start = specs.length + carried.length;
  const joint = recordBody(
    (...tensors) => {
      const primals = [...tensors.slice(0, carries), ...tensors.slice(carries + carried.length, start)];
      const tangents = primals.map((_, i) => {
        if (i < carries) return tensors[places[carried.indexOf(i)] ?? -1];
        return fixed.includes(i) ? tensors[start + fixed.indexOf(i)] : undefined;
      });
      const found = jvpGraph(graph, primals, tangents);
      // No two of the results may be the same tensor.
      return [
        ...found.outputs.map((output) => tf.clone(output)),
        ...carried.map((i) => {
          const change = found.tangents[i];
          return change ? tf.clone(change) : tf.zeros(specs[i]!.shape);
        }),
      ];
    },
    [...specs.slice(0, carries), ...directionsOf(carried), ...specs.slice(carries), ...directionsOf(fixed)],
    { caller: `jvp(${graph.name})`, name: graph.name },
  );
  joint.dispose();
  const number = numberingOf(condition.graph);
  const unused = (indices: readonly number[]) => indices.map((i): Value => ({ ...specs[i]!, id: number() }));
  const { parameters, outputs } = condition.graph;
  const test = regraphed(condition.graph, {
    parameters: [
      ...parameters.slice(0, carries),
      ...unused(carried),
      ...parameters.slice(carries),
      ...unused(fixed),
    ],
    outputs: outputs.map(({ value }) => value),
  });
  return { condition: new Body(test), body: new Body(joint.graph) };
}

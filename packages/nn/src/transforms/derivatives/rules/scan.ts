/** @file The derivative of loops over slices in a direction: one loop, which carries directions beside what they are of. */
import * as tf from "@tensorflow/tfjs-core";
import { Body } from "../../../trace/control/body.ts";
import { attrsOf, type ScanAttrs } from "../../../trace/control/kernels.ts";
import { launchScan } from "../../../trace/control/launch.ts";
import type { Value } from "../../../trace/graph.ts";
import { recordBody } from "../../../trace/record-body.ts";
import type { JvpRule, RunJvp } from "./rule.ts";

/** The rule of the kernel. It runs the loop together with its derivative. */
export function scanRule(run: RunJvp): JvpRule {
  return (node) => {
    const attrs = attrsOf<ScanAttrs>(node);
    const { carries, sequences } = attrs;
    const given = Object.values(node.inputs);
    const tangents = Object.keys(node.inputs).map((name) => node.tangents[name]);
    const parts = changingParts(attrs, (i) => tangents[i] !== undefined);
    const { inputs, outputs } = parts;
    const key = `jvp ${inputs.join()}`;
    const body = attrs.body.once(key, () => jointBody(attrs, parts, run));
    const changed = (from: number, to?: number) =>
      inputs
        .filter((i) => i >= from && i < (to ?? Infinity))
        .map((i) => tangents[i] ?? tf.zerosLike(given[i]!));
    const carried = changed(0, carries);
    const sliced = changed(carries, carries + sequences);
    const results = launchScan(
      [
        ...given.slice(0, carries),
        ...carried,
        ...given.slice(carries, carries + sequences),
        ...sliced,
        ...given.slice(carries + sequences),
        ...changed(carries + sequences),
      ],
      { ...attrs, body, carries: carries + carried.length, sequences: sequences + sliced.length },
    );
    const count = attrs.body.graph.outputs.length;
    const ys = carries + carried.length;
    const changes = [...results.slice(carries, ys), ...results.slice(ys + count - carries)];
    return {
      outputs: [...results.slice(0, carries), ...results.slice(ys, ys + count - carries)],
      tangents: Array.from({ length: count }, (_, i) => changes[outputs.indexOf(i)]),
    };
  };
}

/** The numbers of inputs and outputs of a turn that have directions, in order. */
interface Changing {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

const isFloat = ({ dtype }: Value) => dtype === "float32";

/** What changes in any turn, when these inputs of the loop do. */
function changingParts({ body, carries }: ScanAttrs, hasTangent: (input: number) => boolean): Changing {
  const { parameters, outputs, nodes } = body.graph;
  const inputs = new Set([...parameters.keys()].filter((i) => isFloat(parameters[i]!) && hasTangent(i)));
  for (;;) {
    const changing = new Set([...inputs].map((i) => parameters[i]!));
    for (const node of nodes) {
      if (!Object.values(node.inputs).some((value) => changing.has(value))) continue;
      for (const output of node.outputs) if (isFloat(output)) changing.add(output);
    }
    const found = [...outputs.keys()].filter((i) => changing.has(outputs[i]!.value) || (i < carries && inputs.has(i))); // prettier-ignore
    const { size } = inputs;
    for (const i of found) if (i < carries) inputs.add(i);
    if (inputs.size === size) return { inputs: [...inputs].sort((a, b) => a - b), outputs: found };
  }
}

/**
 * A turn with its derivative: carries, sequences and constants, each kind followed by its directions; gives next carries,
 * their directions, results, and theirs.
 */
function jointBody(
  { body, carries, sequences }: ScanAttrs,
  { inputs, outputs }: Changing,
  run: RunJvp,
): Body {
  const { graph } = body;
  const all = [...graph.parameters.keys()];
  const kinds = [
    [0, carries],
    [carries, carries + sequences],
    [carries + sequences, Infinity],
  ] as const;
  /** Which input stands where, and whether its direction does. */
  const order = kinds.flatMap(([from, to]) => {
    const within = (i: number) => i >= from && i < to;
    return [
      ...all.filter(within).map((input) => ({ input, isTangent: false })),
      ...inputs.filter(within).map((input) => ({ input, isTangent: true })),
    ];
  });
  const joint = recordBody(
    (...tensors) => {
      const at = (input: number, isTangent: boolean) =>
        tensors[order.findIndex((place) => place.input === input && place.isTangent === isTangent)];
      const found = run(
        graph,
        all.map((i) => at(i, false)!),
        all.map((i) => at(i, true)),
      );
      const changes = outputs.map((i) => {
        const { shape } = graph.outputs[i]!.value;
        return { i, tensor: found.tangents[i] ?? tf.zeros([...shape]) };
      });
      const changesOf = (isCarry: boolean) =>
        changes.filter(({ i }) => i < carries === isCarry).map(({ tensor }) => tensor);
      // No two of the results may be the same tensor.
      return [
        ...found.outputs.slice(0, carries),
        ...changesOf(true),
        ...found.outputs.slice(carries),
        ...changesOf(false),
      ].map((tensor) => tf.clone(tensor));
    },
    order.map(({ input }) => {
      const { shape, dtype } = graph.parameters[input]!;
      return { shape: [...shape], dtype };
    }),
    { caller: `jvp(${graph.name})`, name: graph.name, isLocated: false },
  );
  joint.dispose();
  return new Body(joint.graph);
}

/** @file How Linen lays out recurrent cells: each gate by itself, where NNX has them side by side. */
import { GRUCell, type Linear, OptimizedLSTMCell, RNN, SimpleCell, type Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type Draft, divided, one } from "../draft.ts";
import type { Place, Rule } from "../walk.ts";

const names = (at: Place, gates: readonly string[], key: string) =>
  gates.map((gate) => at.name(`${gate}.${key}`));

const optimizedRule: Rule = {
  matches: (node) => node instanceof OptimizedLSTMCell,
  drafts({ denseI, denseH }: OptimizedLSTMCell, at) {
    if (!at.holds("ii.kernel")) return [];
    const carried = ["hi", "hf", "hg", "ho"];
    return [
      divided(denseI.kernel, names(at, ["ii", "if", "ig", "io"], "kernel")),
      divided(denseH.kernel, names(at, carried, "kernel")),
      ...(denseH.bias ? [divided(denseH.bias, names(at, carried, "bias"))] : []),
    ];
  },
};

const gruRule: Rule = {
  matches: (node) => node instanceof GRUCell,
  drafts({ denseI, denseH }: GRUCell, at) {
    if (!at.holds("ir.kernel")) return [];
    const input = ["ir", "iz", "in"];
    return [
      divided(denseI.kernel, names(at, input, "kernel")),
      divided(denseH.kernel, names(at, ["hr", "hz", "hn"], "kernel")),
      ...candidateBias(denseI, denseH, at, input),
    ];
  },
};

/** Linen has a second bias in the new gate alone. */
function candidateBias(
  { bias }: Linear,
  { bias: second }: Linear,
  at: Place,
  input: readonly string[],
): Draft[] {
  if (!bias) return [];
  const first = divided(bias, names(at, input, "bias"));
  const name = at.name("hn.bias");
  if (second) return [first, lastThird(second, name)];
  const { shape } = first.parts[0]!;
  return [
    {
      leaves: first.leaves,
      parts: [...first.parts, { name, shape }],
      async refuses(stored) {
        const values = await stored.at(-1)!.data();
        if (values.every((value) => value === 0)) return undefined;
        return (
          `${name} is a bias inside the product with the reset gate, which the GRUCell has not. ` +
          `Make it with { useRecurrentBias: true }.`
        );
      },
      toModel: (stored) => first.toModel(stored.slice(0, -1)),
      toFile: (values) => [...first.toFile(values), tf.zeros([...shape])],
    },
  ];
}

/** A bias of which the file has the last third alone; the others are zeros. */
function lastThird(bias: Variable, name: string): Draft {
  const size = bias.size / 3;
  return {
    leaves: [bias],
    parts: [{ name, shape: [size] }],
    toModel: ([stored]) => [tf.concat([tf.zeros([2 * size]), stored!])],
    toFile: ([value]) => [tf.slice(value!, 2 * size, size)],
  };
}

const simpleRule: Rule = {
  matches: (node) => node instanceof SimpleCell,
  drafts({ denseI, denseH }: SimpleCell, at) {
    if (!at.holds("i.kernel")) return [];
    return [
      one(denseI.kernel, at.name("i.kernel")),
      ...(denseI.bias ? [one(denseI.bias, at.name("i.bias"))] : []),
      one(denseH.kernel, at.name("h.kernel")),
    ];
  },
};

/** A cell that a compact module made stands where the layer does. */
const layerRule: Rule = {
  matches: (node) => node instanceof RNN,
  child: (key, at) => (key === "cell" ? at.child("cell", "") : undefined),
};

/** The rules for recurrent layers and cells, which only files of Linen need. */
export const linenCellRules: readonly Rule[] = [optimizedRule, gruRule, simpleRule, layerRule];

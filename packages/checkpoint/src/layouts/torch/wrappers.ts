/** @file How PyTorch and PEFT lay out layers with normalised weights and adapters. */
import {
  childrenOf,
  ConvTranspose,
  isVariable,
  iterVariables,
  type Key,
  LoRA,
  type Parent,
  type Path,
  SpectralNorm,
  type Variable,
  WeightNorm,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type Draft, one } from "../draft.ts";
import { chained, permuted, type Relayout, reshaped } from "../relayout.ts";
import type { Place, Rule } from "../walk.ts";
import { type Parameter, parametersOf } from "./parameters.ts";

/** A weight of a wrapped layer: itself, and how PyTorch has it without the wrapper. */
interface Weight {
  readonly leaf: Variable;
  readonly layer: unknown;
  readonly parameter: Parameter;
  /** Where its layer stands. */
  readonly at: Place;
}

/** The weight at `path` below a wrapped layer. */
function weightAt(wrapped: unknown, path: Path, top: Place): Weight | undefined {
  let [layer, at] = [wrapped, top];
  for (const key of path.slice(0, -1)) {
    layer = below(layer, key);
    at = at.child(String(key));
  }
  const key = String(path.at(-1));
  const [leaf, parameter] = [below(layer, key), parametersOf(layer)?.[key]];
  return isVariable(leaf) && parameter ? { leaf, layer, parameter, at } : undefined;
}

function below(node: unknown, key: Key): unknown {
  if (typeof node !== "object" || node === null) return undefined;
  return childrenOf(node as Parent).find(([candidate]) => String(candidate) === String(key))?.[1];
}

/** `scale` with an axis of one place for each axis of the kernel that it has none for. */
function scaleRelayout(kernel: Variable, relayout: Relayout, featureAxes: readonly number[]): Relayout {
  const axes = featureAxes.map((axis) => (axis < 0 ? axis + kernel.shape.length : axis));
  if (axes.length === 0) return reshaped([]);
  const spread = kernel.shape.map((size, axis) => (axes.includes(axis) ? size : 1));
  return chained(reshaped(spread), relayout);
}

/** The length of each row of the weight, and its direction. */
const weightNormRule: Rule = {
  matches: (node) => node instanceof WeightNorm,
  drafts: (norm: WeightNorm, top) =>
    iterVariables(norm.scales ?? {}).flatMap(([path, scale]) => {
      const weight = weightAt(norm.layerInstance, path, top);
      if (!weight) return [];
      const { leaf, at, parameter: { names: [name], relayout } } = weight; // prettier-ignore
      const parametrized = `parametrizations.${name}.original`;
      return [
        one(scale, at.name(`${parametrized}0`, `${name}_g`), scaleRelayout(leaf, relayout, norm.featureAxes)),
        one(leaf, at.name(`${parametrized}1`, `${name}_v`), relayout),
      ];
    }),
  child: (key, at) => (key === "layerInstance" ? at : undefined),
};

/**
 * The weight and both singular vectors, `_u` and `_v`. Here `v` and the singular value follow from the weight and `u`,
 * and in evaluation, too, steps of the power iteration go before: they are taken before it is written.
 */
const spectralNormRule: Rule = {
  matches: (node) => node instanceof SpectralNorm,
  drafts: (norm: SpectralNorm, top) =>
    iterVariables(norm.batchStats).flatMap(([path, statistic]) => {
      if (path.at(-1) !== "u") return [];
      const weight = weightAt(norm.layerInstance, path.slice(0, -1), top);
      const sigma = path.slice(0, -1).reduce<unknown>(below, norm.batchStats);
      const value = below(sigma, "sigma");
      return weight && isVariable(value) ? [spectralDraft(weight, statistic, value, norm.nSteps)] : [];
    }),
  child: (key, at) => (key === "layerInstance" ? at : undefined),
};

function spectralDraft(weight: Weight, u: Variable, sigma: Variable, steps: number): Draft {
  const { leaf, layer, at } = weight;
  const { names: [name], relayout } = weight.parameter; // prettier-ignore
  const shape = relayout.fileShape(leaf.shape);
  // PyTorch's matrix has a row for each output.
  const rowAxis = layer instanceof ConvTranspose ? 1 : 0;
  const order = [rowAxis, ...shape.keys()].filter((axis, i) => i === 0 || axis !== rowAxis);
  const matrixOf = (stored: tf.Tensor) => tf.reshape(tf.transpose(stored, order), [shape[rowAxis]!, -1]);
  const rows = u.size;
  const parametrized = `parametrizations.${name}`;
  return {
    leaves: [leaf, u, sigma],
    parts: [
      { name: at.name(`${parametrized}.original`, `${name}_orig`), shape },
      { name: at.name(`${parametrized}.0._u`, `${name}_u`), shape: [rows] },
      { name: at.name(`${parametrized}.0._v`, `${name}_v`), shape: [leaf.size / rows] },
    ],
    toModel([original, storedU, storedV]) {
      const matrix = matrixOf(original!);
      const product = tf.matMul(matrix, tf.reshape(storedV!, [-1, 1]));
      const value = tf.matMul(tf.reshape(storedU!, [1, -1]), product);
      return [
        relayout.toModel(original!, leaf.shape),
        tf.reshape(storedU!, [...u.shape]),
        tf.reshape(value, []),
      ];
    },
    toFile([value, valueU]) {
      const original = relayout.toFile(value!);
      const matrix = matrixOf(original);
      let [left, right] = [tf.reshape(valueU!, [1, -1]), tf.zeros([1, leaf.size / rows])];
      for (let step = 0; step < steps; step++) {
        right = unit(tf.matMul(left, matrix));
        left = unit(tf.matMul(right, matrix, false, true));
      }
      return [original, tf.reshape(left, [-1]), tf.reshape(right, [-1])];
    },
  };
}

function unit<T extends tf.Tensor>(x: T): T {
  return tf.div(x, tf.norm(x));
}

/** PEFT's names: the wrapped layer is its `base_layer`, and the adapter's matrices are stored out × in. */
const loraRule: Rule = {
  matches: (node) => node instanceof LoRA,
  drafts: ({ loraA, loraB }: LoRA, at) => [
    one(loraA, at.name("lora_A.default.weight", "lora_A.weight"), permuted(1, 0)),
    one(loraB, at.name("lora_B.default.weight", "lora_B.weight"), permuted(1, 0)),
  ],
  child: (key, at) => (key === "baseModule" ? at.child("base_layer", "") : undefined),
};

/** The rules for wrappers of layers. */
export const wrapperRules: readonly Rule[] = [weightNormRule, spectralNormRule, loraRule];

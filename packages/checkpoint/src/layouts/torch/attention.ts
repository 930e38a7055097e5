/** @file How PyTorch lays out multi-head attention: three projections in one matrix. */
import { type LinearGeneral, MultiHeadAttention } from "@nnx-js/nn";
import { type Draft, joined, type Piece } from "../draft.ts";
import type { Place, Rule } from "../walk.ts";
import { parametersOf } from "./parameters.ts";

/**
 * `in_proj_weight` holds the projections of queries, keys and values where all inputs have the same features;
 * otherwise each has its own matrix. Other forms, of fewer heads for keys and values, are those of the four layers:
 * `query.weight` and so on.
 */
export const attentionRule: Rule = {
  matches: (node) => node instanceof MultiHeadAttention,
  drafts(layer: MultiHeadAttention, at) {
    const form = formOf(layer, at);
    if (form === "layers") return [];
    const { query, key, value, out } = layer;
    const projections = [query, key, value];
    const weights: Draft[] =
      form === "one"
        ? [
            joined(
              projections.map((projection) => piece(projection, "kernel")!),
              at.name("in_proj_weight"),
            ),
          ]
        : projections.map((projection, i) =>
            joined([piece(projection, "kernel")!], at.name(`${"qkv"[i]}_proj_weight`)),
          );
    const biases = projections
      .map((projection) => piece(projection, "bias"))
      .filter((bias) => bias !== undefined);
    const [kernel, bias] = [piece(out, "kernel")!, piece(out, "bias")];
    return [
      ...weights,
      ...(biases.length > 0 ? [joined(biases, at.name("in_proj_bias"))] : []),
      joined([kernel], at.name("out_proj.weight")),
      ...(bias ? [joined([bias], at.name("out_proj.bias"))] : []),
    ];
  },
};

/** A parameter of a projection as the matrix or row that PyTorch has of it. */
function piece(layer: LinearGeneral, key: "kernel" | "bias"): Piece | undefined {
  const leaf = layer[key];
  const parameter = parametersOf(layer)?.[key];
  return leaf && parameter && [leaf, parameter.relayout];
}

function formOf(layer: MultiHeadAttention, at: Place): "one" | "three" | "layers" {
  if (at.holds("in_proj_weight")) return "one";
  if (at.holds("q_proj_weight")) return "three";
  if (at.holds("query.weight")) return "layers";
  const { numHeads, numKvHeads, inFeatures, inKvFeatures, qkvFeatures, outFeatures } = layer;
  if (numKvHeads !== numHeads || qkvFeatures !== inFeatures || outFeatures !== inFeatures) return "layers";
  return inKvFeatures === inFeatures ? "one" : "three";
}

/** @file Kernels without a shape rule: the shape of their output depends on the values of their inputs. */
import { DataDependentShapeError } from "../errors.ts";
import type { ShapeRules } from "../rule.ts";

const KERNELS = [
  "BroadcastArgs",
  "NonMaxSuppressionV3",
  "NonMaxSuppressionV4",
  "NonMaxSuppressionV5",
  "RaggedGather",
  "RaggedRange",
  "RaggedTensorToTensor",
  "SparseFillEmptyRows",
  "SparseReshape",
  "SparseSegmentMean",
  "SparseSegmentSum",
  "StringNGrams",
  "StringSplit",
  "Unique",
];

/** Rules that refuse, each with an error that says why. */
export const dataDependentRules: ShapeRules = Object.fromEntries(
  KERNELS.map((name) => [
    name,
    () => {
      throw new DataDependentShapeError(name);
    },
  ]),
);

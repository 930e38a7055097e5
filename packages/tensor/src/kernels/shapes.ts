/** @file What each kernel of this package takes, and the shape and dtype of what it gives. */
import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";

/** A tensor without its values. */
export interface TensorSpec {
  shape: readonly number[];
  dtype: DataType;
}

/**
 * The rule that turns 32 random bits into an element, and what its `parameters` are.
 *
 * - `bits`, `normal`, `gumbel`, `exponential`, `laplace`, `logistic`: none.
 * - `uniform`: `[minval, maxval]`; `truncatedNormal`: `[lower, upper]`; `randint`: `[minval, maxval]`.
 * - `bernoulli`: `[p]`.
 */
export type Distribution =
  | "bits"
  | "uniform"
  | "normal"
  | "truncatedNormal"
  | "bernoulli"
  | "randint"
  | "gumbel"
  | "exponential"
  | "laplace"
  | "logistic";

/** Inputs and attributes of each kernel, by the name it is registered under. Keys and bits are int32. */
export interface KernelSpecs {
  /**
   * `key` [2] and `data`, an int32 scalar tensor or else the attribute, to a new key [2]. Of several keys, `[n, 2]`, or
   * several numbers, `[n]`, several keys: `[n, 2]`.
   */
  ThreefryFoldIn: {
    inputs: { key: TensorInfo; data?: TensorInfo | undefined };
    attrs: { data: number };
  };
  /** `key` [2] to `n` keys [n, 2]; several keys [lanes, 2] to n of each, [lanes, n, 2]. */
  ThreefrySplit: { inputs: { key: TensorInfo }; attrs: { n: number } };
  /** Row `index` of `keys` [n, 2], a key [2]; of several such lists, [lanes, n, 2], a key of each, [lanes, 2]. */
  ThreefryTake: { inputs: { keys: TensorInfo }; attrs: { index: number } };
  /** `key` [2] to a tensor of the given shape. Of several keys, [n, 2], each draws one of the n parts of that. */
  ThreefryRandom: {
    inputs: { key: TensorInfo };
    attrs: { shape: number[]; distribution: Distribution; parameters: number[] };
  };
  /** `key` [2] to the shuffled elements of `x` [n], or to the shuffled indices below `n` where there is no `x`. */
  ThreefryPermutation: {
    inputs: { key: TensorInfo; x?: TensorInfo | undefined };
    attrs: { n: number };
  };
  /** An int32 `count`, or several, to `count + 1`, wrapping around at 32 bits. */
  Increment: { inputs: { count: TensorInfo }; attrs: Record<string, never> };
  /** An int32 scalar `exponent` to the float32 scalar `base ** exponent`. */
  IntegerPower: { inputs: { exponent: TensorInfo }; attrs: { base: number } };
  /** Float32 `x` and `y` of one shape to `a * x + b * y`. */
  LinearCombination: { inputs: { x: TensorInfo; y: TensorInfo }; attrs: { a: number; b: number } };
  /** Float32 `x` and `y` of one shape to `a * x² + b * y`. */
  SquareCombination: { inputs: { x: TensorInfo; y: TensorInfo }; attrs: { a: number; b: number } };
  /** Float32 moments of one shape, and scalar powers of their decays, to Adam's direction. */
  AdamDirection: {
    inputs: { mean: TensorInfo; square: TensorInfo; meanPower: TensorInfo; squarePower: TensorInfo };
    attrs: { eps: number; epsRoot: number };
  };
  /** Packed rows of int8, int32 `[..., int8Words(columns)]`, to float32 `[..., columns]`. */
  Int8Unpack: { inputs: { words: TensorInfo }; attrs: { columns: number } };
  /** Float32 `x` `[m, k]` and packed rows of int8, int32 `[k, int8Words(columns)]`, to their product `[m, columns]`. */
  Int8MatMul: { inputs: { x: TensorInfo; words: TensorInfo }; attrs: { columns: number } };
}

/** The name of a kernel of this package. */
export type KernelName = keyof KernelSpecs;

/** The inputs of a kernel with each tensor replaced by `T`. */
export type KernelInputs<K extends KernelName, T> = {
  [I in keyof KernelSpecs[K]["inputs"]]: T;
};

/** The attributes of a kernel: plain data. */
export type KernelAttrs<K extends KernelName> = KernelSpecs[K]["attrs"];

type ShapeRules = {
  [K in KernelName]: (inputs: KernelInputs<K, TensorSpec>, attrs: KernelAttrs<K>) => TensorSpec[];
};

/** For each kernel, its outputs' shapes and dtypes from those of its inputs and its attributes. */
export const kernelShapes: ShapeRules = {
  ThreefryFoldIn: ({ key, data }) => [
    { shape: [...(data?.shape.length === 1 ? data.shape : key.shape.slice(0, -1)), 2], dtype: "int32" },
  ],
  ThreefrySplit: ({ key }, { n }) => [{ shape: [...key.shape.slice(0, -1), n, 2], dtype: "int32" }],
  ThreefryTake: ({ keys }) => [{ shape: [...keys.shape.slice(0, -2), 2], dtype: "int32" }],
  ThreefryRandom: (_, { shape, distribution }) => [{ shape, dtype: dtypeOf(distribution) }],
  ThreefryPermutation: ({ x }, { n }) => [{ shape: [n], dtype: x?.dtype ?? "int32" }],
  Increment: ({ count }) => [{ shape: count.shape, dtype: "int32" }],
  IntegerPower: () => [{ shape: [], dtype: "float32" }],
  LinearCombination: ({ x }) => [{ shape: x.shape, dtype: "float32" }],
  SquareCombination: ({ x }) => [{ shape: x.shape, dtype: "float32" }],
  AdamDirection: ({ mean }) => [{ shape: mean.shape, dtype: "float32" }],
  Int8Unpack: ({ words }, { columns }) => [
    { shape: [...words.shape.slice(0, -1), columns], dtype: "float32" },
  ],
  Int8MatMul: ({ x }, { columns }) => [{ shape: [x.shape[0]!, columns], dtype: "float32" }],
};

function dtypeOf(distribution: Distribution): DataType {
  if (distribution === "bernoulli") return "bool";
  return distribution === "bits" || distribution === "randint" ? "int32" : "float32";
}

/** @file Derivatives of products: the sum over the inputs of the kernel, given the tangent of one. */
import * as tf from "@tensorflow/tfjs-core";
import { launchKernel } from "../../../trace/special-kernels.ts";
import { type JvpRule, type JvpRules, share, total } from "./rule.ts";

/** Kernels that are linear in each input by itself. */
// prettier-ignore
const PRODUCTS = [
  "BatchMatMul", "Conv2D", "Conv2DBackpropFilter", "Conv2DBackpropInput", "Conv3D", "Conv3DBackpropFilterV2",
  "Conv3DBackpropInputV2", "DepthwiseConv2dNative", "DepthwiseConv2dNativeBackpropFilter",
  "DepthwiseConv2dNativeBackpropInput", "Einsum",
];

const product: JvpRule = ({ kernelName, inputs, tangents, attrs }) => {
  const terms = Object.entries(tangents).map(
    ([name, tangent]) => tangent && launchKernel(kernelName, { ...inputs, [name]: tangent }, attrs)[0],
  );
  return [total(terms, (a, b) => tf.add(a, b))];
};

export const multilinearRules: JvpRules = {
  ...share(PRODUCTS, product),
  Multiply: ({ inputs: { a, b }, tangents, outputs: [output] }) => {
    const terms = [tangents["a"] && tf.mul(tangents["a"], b!), tangents["b"] && tf.mul(a!, tangents["b"])];
    const sum = total(terms, (x, y) => tf.add(x, y))!;
    // A product with an integer is none.
    return [output!.dtype === "float32" ? sum : undefined];
  },
};

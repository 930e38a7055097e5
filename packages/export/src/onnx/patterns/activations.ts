/** @file Activations that are written out in kernels. */
import { any, either, made, number, type Rewrite } from "./pattern.ts";

const x = any("x");
const half = made("Multiply", [x, number(0.5)]);

const cubic = made("Add", [
  x,
  made("Multiply", [made("Multiply", [made("Square", [x]), x]), number(0.044715)]),
]);

const tanhGelu = made("Multiply", [
  half,
  made("Add", [made("Tanh", [made("Multiply", [cubic, number(Math.sqrt(2 / Math.PI))])]), number(1)]),
]);

const exactGelu = made("Multiply", [
  half,
  made("Add", [made("Erf", [made("Multiply", [x, number(Math.SQRT1_2)])]), number(1)]),
]);

/** GELU in both forms. */
export const GELU: readonly Rewrite[] = [
  {
    root: "Multiply",
    pattern: tanhGelu,
    replace: ({ values }) => ({
      kernelName: "Gelu",
      inputs: { x: values["x"]! },
      attrs: { approximate: "tanh" },
    }),
  },
  {
    root: "Multiply",
    pattern: exactGelu,
    replace: ({ values }) => ({
      kernelName: "Gelu",
      inputs: { x: values["x"]! },
      attrs: { approximate: "none" },
    }),
  },
];

/** `max(x, 0) + log(1 + exp(-|x|))`. */
export const SOFTPLUS: Rewrite = {
  root: "Add",
  pattern: made("Add", [
    made("Relu", [x]),
    made("Log1p", [
      made("Exp", [
        either(made("Neg", [made("Abs", [x])]), made("Multiply", [made("Abs", [x]), number(-1)])),
      ]),
    ]),
  ]),
  replace: ({ values }) => ({ kernelName: "Softplus", inputs: { x: values["x"]! }, attrs: {} }),
};

/** @file The operations that random programs are made of, as TensorFlow.js computes them and exactly. */
import { elementwise } from "./elementwise.ts";
import { layout } from "./layout.ts";
import type { Operation } from "./operation.ts";
import { products } from "./products.ts";
import { reductions } from "./reductions.ts";
import { windows } from "./windows.ts";

/** All of them. Each keeps numbers of moderate size moderate. */
export const OPERATIONS: readonly Operation[] = [
  ...elementwise,
  ...reductions,
  ...layout,
  ...products,
  ...windows,
];

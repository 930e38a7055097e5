/** @file SquareCombination on wasm. */
import { kernelOnWasm } from "../elementwise/wasm.ts";
import { squareCombinationOnHost } from "./host.ts";

export const squareCombinationOnWasm = kernelOnWasm(
  "SquareCombination",
  squareCombinationOnHost,
  ({ add, multiply, scalar }, { x, y }, { a, b }) =>
    add(multiply(multiply(x, x), scalar(a)), multiply(y, scalar(b))),
);

/** @file LinearCombination on wasm. */
import { kernelOnWasm } from "../elementwise/wasm.ts";
import { linearCombinationOnHost } from "./host.ts";

export const linearCombinationOnWasm = kernelOnWasm(
  "LinearCombination",
  linearCombinationOnHost,
  ({ add, multiply, scalar }, { x, y }, { a, b }) => add(multiply(x, scalar(a)), multiply(y, scalar(b))),
);

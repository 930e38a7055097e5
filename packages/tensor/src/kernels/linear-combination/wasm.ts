/** @file LinearCombination on wasm. */
import { registerOnWasm } from "../elementwise/wasm.ts";
import { linearCombinationOnHost } from "./host.ts";

registerOnWasm(
  "LinearCombination",
  linearCombinationOnHost,
  ({ add, multiply, scalar }, { x, y }, { a, b }) => add(multiply(x, scalar(a)), multiply(y, scalar(b))),
);

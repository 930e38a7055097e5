/** @file SquareCombination on wasm. */
import { registerOnWasm } from "../elementwise/wasm.ts";
import { squareCombinationOnHost } from "./host.ts";

registerOnWasm(
  "SquareCombination",
  squareCombinationOnHost,
  ({ add, multiply, scalar }, { x, y }, { a, b }) =>
    add(multiply(multiply(x, x), scalar(a)), multiply(y, scalar(b))),
);

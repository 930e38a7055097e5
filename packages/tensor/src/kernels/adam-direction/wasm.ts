/** @file AdamDirection on wasm. */
import { kernelOnWasm } from "../elementwise/wasm.ts";
import { adamDirectionOnHost } from "./host.ts";

export const adamDirectionOnWasm = kernelOnWasm(
  "AdamDirection",
  adamDirectionOnHost,
  ({ add, subtract, divide, sqrt, scalar }, { mean, square, meanPower, squarePower }, { eps, epsRoot }) => {
    const unbiasedMean = divide(mean, subtract(scalar(1), meanPower));
    const unbiasedSquare = divide(square, subtract(scalar(1), squarePower));
    const root = sqrt(epsRoot === 0 ? unbiasedSquare : add(unbiasedSquare, scalar(epsRoot)));
    return divide(unbiasedMean, add(root, scalar(eps)));
  },
);

/** @file Every kernel that the wasm backend lacks. */
import * as tf from "@tensorflow/tfjs-core";
import { adamDirectionOnWasm } from "../adam-direction/wasm.ts";
import { convolutionBackpropOnWasm } from "../convolution-backprop/wasm.ts";
import { einsumOn } from "../einsum/einsum.ts";
import { hostKernel } from "../host.ts";
import { wasm } from "../hosts/wasm.ts";
import { incrementOnHost } from "../increment/host.ts";
import { int8OnWasm } from "../int8/wasm.ts";
import { integerPowerOnHost } from "../integer-power/host.ts";
import { linearCombinationOnWasm } from "../linear-combination/wasm.ts";
import { squareCombinationOnWasm } from "../square-combination/wasm.ts";
import { unsortedSegmentSumOn } from "../unsorted-segment-sum/host.ts";
import { threefryOn } from "./threefry.ts";

export const addedToWasm: readonly tf.KernelConfig[] = [
  ...threefryOn(wasm),
  adamDirectionOnWasm,
  hostKernel("Increment", incrementOnHost, wasm),
  ...int8OnWasm,
  hostKernel("IntegerPower", integerPowerOnHost, wasm),
  linearCombinationOnWasm,
  squareCombinationOnWasm,
  ...Object.entries({
    ...convolutionBackpropOnWasm,
    [tf.Einsum]: einsumOn("wasm"),
    [tf.UnsortedSegmentSum]: unsortedSegmentSumOn(wasm),
  }).map(([kernelName, kernelFunc]) => ({ kernelName, backendName: "wasm", kernelFunc })),
];

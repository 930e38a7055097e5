/** @file Every kernel that the webgl backend lacks. */
import * as tf from "@tensorflow/tfjs-core";
import { adamDirectionExpression } from "../adam-direction/gpu.ts";
import { dilationBackpropFilter, dilationBackpropInput } from "../dilation/composed.ts";
import { expressionOnWebGl } from "../elementwise/webgl.ts";
import { hostKernel } from "../host.ts";
import { webgl } from "../hosts/webgl.ts";
import { incrementOnWebGl } from "../increment/webgl.ts";
import { int8UnpackOnHost } from "../int8/host.ts";
import { int8MatMulByUnpacking } from "../int8/unpacking.ts";
import { integerPowerOnWebGl } from "../integer-power/webgl.ts";
import { linearCombinationExpression } from "../linear-combination/gpu.ts";
import { exclusiveOr } from "../logical/exclusive-or.ts";
import { squareCombinationExpression } from "../square-combination/gpu.ts";
import { threefryOn } from "./threefry.ts";

export const addedToWebGl: readonly tf.KernelConfig[] = [
  ...threefryOn(webgl),
  expressionOnWebGl("AdamDirection", adamDirectionExpression),
  incrementOnWebGl,
  // A texture rounds words: they stay on the CPU side, and what they unpack to is sent.
  hostKernel("Int8Unpack", int8UnpackOnHost, webgl),
  { kernelName: "Int8MatMul", backendName: "webgl", kernelFunc: int8MatMulByUnpacking },
  integerPowerOnWebGl,
  expressionOnWebGl("LinearCombination", linearCombinationExpression),
  expressionOnWebGl("SquareCombination", squareCombinationExpression),
  ...Object.entries({
    [tf.Dilation2DBackpropInput]: dilationBackpropInput,
    [tf.Dilation2DBackpropFilter]: dilationBackpropFilter,
    [tf.LogicalXor]: exclusiveOr,
  }).map(([kernelName, kernelFunc]) => ({ kernelName, backendName: "webgl", kernelFunc })),
];

/** @file Every kernel that the cpu backend lacks. */
import * as tf from "@tensorflow/tfjs-core";
import { adamDirectionOnHost } from "../adam-direction/host.ts";
import { hostKernel } from "../host.ts";
import { cpu } from "../hosts/cpu.ts";
import { incrementOnHost } from "../increment/host.ts";
import { int8MatMulOnHost, int8UnpackOnHost } from "../int8/host.ts";
import { integerPowerOnHost } from "../integer-power/host.ts";
import { linearCombinationOnHost } from "../linear-combination/host.ts";
import { exclusiveOr } from "../logical/exclusive-or.ts";
import { squareCombinationOnHost } from "../square-combination/host.ts";
import { threefryOn } from "./threefry.ts";

export const addedToCpu: readonly tf.KernelConfig[] = [
  ...threefryOn(cpu),
  hostKernel("AdamDirection", adamDirectionOnHost, cpu),
  hostKernel("Increment", incrementOnHost, cpu),
  hostKernel("Int8MatMul", int8MatMulOnHost, cpu),
  hostKernel("Int8Unpack", int8UnpackOnHost, cpu),
  hostKernel("IntegerPower", integerPowerOnHost, cpu),
  hostKernel("LinearCombination", linearCombinationOnHost, cpu),
  hostKernel("SquareCombination", squareCombinationOnHost, cpu),
  { kernelName: tf.LogicalXor, backendName: "cpu", kernelFunc: exclusiveOr },
];

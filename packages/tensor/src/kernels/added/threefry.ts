/** @file The random kernels of backends whose values JavaScript can reach. */
import type { KernelConfig } from "@tensorflow/tfjs-core";
import { hostKernel } from "../host.ts";
import type { Host } from "../hosts/host.ts";
import { foldInOnHost } from "../threefry-fold-in/host.ts";
import { permutationOnHost } from "../threefry-permutation/host.ts";
import { randomOnHost } from "../threefry-random/host.ts";
import { splitOnHost } from "../threefry-split/host.ts";
import { takeOnHost } from "../threefry-take/host.ts";

export function threefryOn(host: Host): KernelConfig[] {
  return [
    hostKernel("ThreefryFoldIn", foldInOnHost, host),
    hostKernel("ThreefryPermutation", permutationOnHost, host),
    hostKernel("ThreefryRandom", randomOnHost, host),
    hostKernel("ThreefrySplit", splitOnHost, host),
    hostKernel("ThreefryTake", takeOnHost, host),
  ];
}

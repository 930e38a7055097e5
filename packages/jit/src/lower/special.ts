/** @file Lowerings of kernels that say how a graph is to be read, and compute nothing. */
import { BARRIER, STOP_GRADIENT } from "@nnx-js/nn/trace";
import { type LoweringRules, rule, type X } from "./rule.ts";
import { ANY } from "./takes.ts";

export const special: LoweringRules = {
  // What is computed again starts from what is in memory: it would otherwise keep alive what that was made from.
  [BARRIER]: rule(ANY, (lowering, inputs) => Object.values(inputs).map((tensor) => lowering.store(tensor))),
  [STOP_GRADIENT]: rule<X>(ANY, (_, { x }) => x),
};

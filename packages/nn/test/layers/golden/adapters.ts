/** @file Reference cases of low-rank adapters and learned activations. */
import { LoRA, LoRALinear, PReLU, Rngs } from "@nnx-js/nn";
import { layer, type LayerUnderTest } from "../../golden.ts";

export const ADAPTERS: Record<string, LayerUnderTest> = {
  LoRA: layer(() => new LoRA(4, 2, 3, { rngs: new Rngs(0) })),
  LoRALinear: layer(() => new LoRALinear(4, 3, { loraRank: 2, rngs: new Rngs(0) })),
  PReLU: layer(() => new PReLU()),
};

/** @file Reference cases of embeddings. */
import { Embed, Rngs } from "@nnx-js/nn";
import { layer, type LayerUnderTest } from "../../golden.ts";

const make = () => new Embed(10, 3, { rngs: new Rngs(0) });

export const EMBEDDING: Record<string, LayerUnderTest> = {
  Embed: layer(make),
  "Embed.attend": layer(make, (model, x) => model.attend(x)),
};

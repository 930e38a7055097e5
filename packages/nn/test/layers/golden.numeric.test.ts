import golden from "@nnx-js/testing/golden/layers.json" with { type: "json" };
import { expect, test } from "vitest";
import { expectLikeFlax, type LayerCase } from "../golden.ts";
import { ADAPTERS } from "./golden/adapters.ts";
import { ATTENTION } from "./golden/attention.ts";
import { CONVOLUTION } from "./golden/convolution.ts";
import { EMBEDDING } from "./golden/embedding.ts";
import { LINEAR } from "./golden/linear.ts";
import { NORMALIZATION } from "./golden/normalization.ts";
import { POOLING } from "./golden/pooling.ts";
import { RECURRENT } from "./golden/recurrent.ts";
import { REGULARIZATION } from "./golden/regularization.ts";

const LAYERS = {
  ...ADAPTERS,
  ...ATTENTION,
  ...CONVOLUTION,
  ...EMBEDDING,
  ...LINEAR,
  ...NORMALIZATION,
  ...POOLING,
  ...RECURRENT,
  ...REGULARIZATION,
};
const CASES = golden.cases as LayerCase[];

test.each(CASES.filter(({ name }) => name in LAYERS))(
  "$name gives the outputs, state and gradients of Flax",
  async (layerCase) => {
    await expectLikeFlax(layerCase, LAYERS[layerCase.name]!);
  },
);

test("all reference cases are compared", () => {
  expect(Object.keys(LAYERS).sort()).toEqual(CASES.map(({ name }) => name).sort());
});

import golden from "@nnx-js/testing/golden/layers.json" with { type: "json" };
import { expect, test } from "vitest";
import { expectLikeFlax, type LayerCase } from "../golden.ts";
import { LAYERS } from "./golden/layers.ts";

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

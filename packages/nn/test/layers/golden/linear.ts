/** @file Reference cases of the dense layers. */
import { Einsum, Linear, LinearGeneral, Rngs } from "@nnx-js/nn";
import { layer, type LayerUnderTest } from "../../golden.ts";

export const LINEAR: Record<string, LayerUnderTest> = {
  Linear: layer(() => new Linear(4, 3, { rngs: new Rngs(0) })),
  "Linear.noBias": layer(() => new Linear(4, 3, { rngs: new Rngs(0), useBias: false })),
  Einsum: layer(() => new Einsum("nta,hab->nthb", [2, 4, 3], [2, 3], { rngs: new Rngs(0) })),
  LinearGeneral: layer(() => new LinearGeneral(4, [2, 3], { rngs: new Rngs(0) })),
  "LinearGeneral.axes": layer(() => new LinearGeneral([4, 2], [3], { axis: [1, -1], rngs: new Rngs(0) })),
};

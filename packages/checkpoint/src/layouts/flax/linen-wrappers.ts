/** @file Where Linen keeps the state of layers that normalise weights: below those weights. */
import { iterVariables, type Path, SpectralNorm, WeightNorm } from "@nnx-js/nn";
import { one } from "../draft.ts";
import type { Place, Rule } from "../walk.ts";

/** The drafts of `tree`, which stands at `key` here, and below the weights of the wrapped layer in Linen. */
function treeDrafts(tree: object, at: Place, key: string, linen: (path: Path) => Path) {
  return iterVariables(tree).map(([path, variable]) =>
    one(variable, at.name([key, ...path].join("."), ["layerInstance", ...linen(path)].join("."))),
  );
}

const spectralNormRule: Rule = {
  matches: (node) => node instanceof SpectralNorm,
  drafts: ({ batchStats }: SpectralNorm, at) => treeDrafts(batchStats, at, "batchStats", (path) => path),
};

const weightNormRule: Rule = {
  matches: (node) => node instanceof WeightNorm,
  drafts: ({ scales }: WeightNorm, at) =>
    treeDrafts(scales ?? {}, at, "scales", (path) => [...path, "scale"]),
};

/** The rules for wrappers of layers. */
export const linenWrapperRules: readonly Rule[] = [spectralNormRule, weightNormRule];

/** @file Optimisers of `optim_more.json`. */
import { adamw, treeMapWithPath } from "@nnx-js/optim";
import { mask, type ReferenceCase } from "./case.ts";

export const optimisers: readonly ReferenceCase[] = [
  {
    name: "adamw_nesterov_mask",
    make: () => adamw(1e-2, { weightDecay: 0.1, nesterov: true, mask }),
  },
  {
    name: "adamw_mask_function",
    make: () =>
      adamw(1e-2, {
        weightDecay: 0.1,
        mask: (params) => treeMapWithPath((_path, param) => param.rank > 1, params),
      }),
  },
];

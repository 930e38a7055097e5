/** @file How PyTorch lays out the weights of layers: the names and shapes of `module.state_dict()`. */
import {
  Cache,
  Intermediate,
  isPytree,
  isVariable,
  Perturbation,
  RngState,
  Sequential,
  type StateLeaf,
} from "@nnx-js/nn";
import type { Layout } from "../layout.ts";
import { linksBy, type Presence, type Rule } from "../walk.ts";
import { attentionRule } from "./attention.ts";
import { parameterRule } from "./parameters.ts";
import { recurrentRules } from "./recurrent.ts";
import { wrapperRules } from "./wrappers.ts";

/** `nn.Sequential` numbers its layers without a name before. */
const sequentialRule: Rule = {
  matches: (node) => node instanceof Sequential,
  child: (key, at) => (key === "layers" ? at : undefined),
};

const RULES = [...recurrentRules, sequentialRule, attentionRule, ...wrapperRules, parameterRule];

/** What `torch.compile` and fully sharded training put into names, anywhere. */
const WRAPPERS = new Set(["_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"]);

/** What `DataParallel`, `DistributedDataParallel` and PEFT begin every name with. */
const OUTER = [["module"], ["base_model", "model"]];

/**
 * The layout of PyTorch: names and shapes of a `state_dict()`.
 *
 * Linear layers are stored as out × in, convolutions as OIHW, transposed ones as IOHW and turned round, the gates of
 * recurrent cells and the projections of attention as one matrix. Names are those of the attributes, in snake_case;
 * prefixes of `DistributedDataParallel` and `torch.compile` are left out of account.
 *
 * @see torch.nn.Module.state_dict
 */
export const torchLayout: Layout = {
  name: "torch",
  metadata: { format: "pt" },
  links: (node, leaves, file) =>
    linksBy(
      {
        rules: RULES,
        presence,
        repeatsShared: true,
        plainName: plainNames(file?.names ?? [], node),
      },
      node,
      leaves,
      file,
    ),
  ignores: (name) => name.endsWith("num_batches_tracked"),
};

/** Kinds of state that PyTorch keeps elsewhere, or not at all. */
const OTHERS = [RngState, Cache, Intermediate, Perturbation];

/** A plain tensor is a constant here, which may be a buffer there, or made in code. */
function presence(leaf: StateLeaf): Presence {
  if (!isVariable(leaf)) return "optional";
  return OTHERS.some((type) => leaf instanceof type) ? "never" : "always";
}

function plainNames(names: readonly string[], node: unknown): (name: string) => string {
  const all = names.map(withoutWrappers);
  const outer = OUTER.find(
    (prefix) =>
      all.length > 0 &&
      all.every((parts) => prefix.every((part, i) => parts[i] === part)) &&
      !(isPytree(node) && Object.hasOwn(node, prefix[0]!)),
  );
  return (name) =>
    withoutWrappers(name)
      .slice(outer?.length ?? 0)
      .join(".");
}

function withoutWrappers(name: string): string[] {
  return name.split(".").filter((part) => !WRAPPERS.has(part));
}

/** @file Different transformations for different parameters. */
import {
  type Filter,
  formatPath,
  GraphStructureError,
  InvalidArgumentError,
  madeBy,
  type Path,
} from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { found } from "../checked-arguments.ts";
import { masking, type MaskTree, unmasking } from "../transform/mask.ts";
import { assertTransformation, type GradientTransformation } from "../transformation.ts";
import { mapLeaves, type Tree, type TreeOf } from "../tree.ts";
import { pathForFilters, pathPredicate } from "./path-filters.ts";

/** Names of groups, shaped as the parameters; one name may stand for a whole subtree. */
export type LabelTree<Label extends string = string> = TreeOf<Label>;

/** A tree of names, or a function from the parameters to one. */
export type Labels<Label extends string = string> = LabelTree<Label> | ((params: Tree) => LabelTree<Label>);

/** The parameters of a group, by a filter over their paths, and their transformation. */
export type FilteredGroup<S extends Tree = Tree> = readonly [filter: Filter, tx: GradientTransformation<S>];

/** The state of {@link partition}: that of each group, by its name or its place in the list. */
export type PartitionState<S extends Tree = Readonly<Record<string, Tree>>> = { readonly innerStates: S };

/** The states of transformations by name. */
export type StatesOfLabels<T extends Readonly<Record<string, GradientTransformation>>> = {
  readonly [K in keyof T]: T[K] extends GradientTransformation<infer S> ? S : never;
};

/** The states of filtered groups by their places. */
export type StatesOfGroups<G extends readonly FilteredGroup[]> = {
  readonly [K in keyof G]: G[K] extends FilteredGroup<infer S> ? S : never;
};

/**
 * A transformation for each group of parameters. Groups are told by filters over the paths of the parameters, of
 * which the first that selects one counts, or by labels as in Optax.
 *
 * ```ts
 * const tx = partition([
 *   [PathContains("head"), adam(1e-3)],
 *   [PathContains("bias"), setToZero()],
 *   [true, sgd(1e-2)],
 * ]);
 * const same = partition({ head: adam(1e-3), rest: sgd(1e-2) }, (params) =>
 *   treeMapWithPath((path) => (path[0] === "head" ? "head" : "rest"), params),
 * );
 * ```
 *
 * Each transformation sees its own parameters only, such as their global norm, and keeps state for them only.
 *
 * @param transforms pairs of a filter and a transformation. Filters see paths and tensors, not Variables: a class or a
 *   tag selects none, and is refused.
 * @throws GraphStructureError naming every parameter that belongs to no group
 * @see optax.partition (multi_transform)
 */
export function partition<const G extends readonly FilteredGroup[]>(
  transforms: G,
): GradientTransformation<PartitionState<StatesOfGroups<G>>>;
/**
 * By labels.
 *
 * @param transforms the transformation of each label
 * @param paramLabels the label of each parameter: a tree, of which one label may stand for a whole subtree, or a
 *   function from the parameters (in `update`, from the updates) to one
 */
export function partition<const T extends Readonly<Record<string, GradientTransformation>>>(
  transforms: T,
  paramLabels: Labels<keyof T & string>,
): GradientTransformation<PartitionState<StatesOfLabels<T>>>;
export function partition(
  transforms: readonly FilteredGroup[] | Readonly<Record<string, GradientTransformation>>,
  paramLabels?: Labels,
): GradientTransformation<PartitionState<never>> {
  const groups = Array.isArray(transforms)
    ? filteredGroups(transforms as readonly FilteredGroup[])
    : labelledGroups(transforms as Readonly<Record<string, GradientTransformation>>, paramLabels);
  const names = groups.transforms.map(([name]) => name);
  const masksOf = (tree: Tree): MaskTree[] => {
    const labels = assertLabelled(groups.labelOf(tree), tree, names, groups.repair);
    return names.map((name) => mapLeaves((_path, label: string) => label === name, labels, []));
  };
  const transformation: GradientTransformation<PartitionState> = {
    init(params) {
      const masks = masksOf(params);
      const states = groups.transforms.map(([, tx], i) => tx.init(masking(params, masks[i]!)));
      return { innerStates: groups.collect(states) };
    },
    update(updates, { innerStates }, params, args) {
      let current = updates;
      const masks = masksOf(updates);
      const states = groups.transforms.map(([name, tx], i) => {
        const mask = masks[i]!;
        const state = innerStates[name]!;
        const [changed, next] = tx.update(
          masking(current, mask),
          state,
          params && masking(params, mask),
          args,
        );
        current = unmasking(current, changed, mask);
        return next;
      });
      return [current, { innerStates: groups.collect(states) }];
    },
  };
  // The signatures say which state belongs to which group.
  return madeBy(transformation, partition, groups.recipe) as unknown as GradientTransformation<
    PartitionState<never>
  >;
}

/** What the two ways to write groups have in common. */
interface Groups {
  readonly transforms: readonly (readonly [name: string, tx: GradientTransformation])[];
  /** A label or nothing for each parameter. */
  labelOf(tree: Tree): TreeOf<string | undefined>;
  /** States in the order of the transformations, as the state holds them. */
  collect(states: readonly Tree[]): Readonly<Record<string, Tree>>;
  readonly repair: string;
  readonly recipe: readonly unknown[];
}

function filteredGroups(pairs: readonly FilteredGroup[]): Groups {
  const repair = `partition([[PathContains("bias"), sgd(0.1)], [true, adam(1e-3)]])`;
  const groups = pairs.map((pair: unknown) => {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new InvalidArgumentError(
        `partition: expected pairs of a filter and a transformation, got ${found(pair)}. Write ${repair}.`,
      );
    }
    const [filter, tx] = pair as [Filter, GradientTransformation];
    assertTransformation(tx, "partition", repair);
    return Object.freeze([pathPredicate(filter, "partition"), tx] as const);
  });
  const labelOf = (path: Path, leaf: tf.Tensor) => {
    const place = groups.findIndex(([predicate]) => predicate(pathForFilters(path), leaf));
    return place < 0 ? undefined : String(place);
  };
  return {
    transforms: groups.map(([, tx], i) => [String(i), tx]),
    labelOf: (tree) => mapLeaves(labelOf, tree, []),
    // A list is indexed as an object is.
    collect: (states) => states as unknown as Readonly<Record<string, Tree>>,
    repair: "Add a last group for the rest: [true, adam(1e-3)]",
    recipe: groups,
  };
}

function labelledGroups(
  transforms: Readonly<Record<string, GradientTransformation>>,
  labels: Labels | undefined,
): Groups {
  const repair = `partition({ slow: sgd(0.1), fast: adam(1e-3) }, (params) => labels)`;
  if (typeof transforms !== "object" || transforms === null || labels === undefined) {
    throw new InvalidArgumentError(
      `partition: expected transformations by label and the labels of the parameters, got ` +
        `${labels === undefined ? "no labels" : found(transforms)}. Write ${repair}, or pairs of a filter and a ` +
        `transformation: partition([[PathContains("bias"), sgd(0.1)], [true, adam(1e-3)]]).`,
    );
  }
  const entries = Object.entries(transforms).map((entry) => Object.freeze(entry));
  for (const [, tx] of entries) assertTransformation(tx, "partition", repair);
  const fixed = typeof labels === "function" ? labels : frozenLabels(labels);
  return {
    transforms: entries,
    labelOf(tree) {
      const given = typeof fixed === "function" ? fixed(tree) : fixed;
      return mapLeaves((path) => labelAt(given, path), tree, []);
    },
    collect: (states) => Object.fromEntries(entries.map(([name], i) => [name, states[i]!])),
    repair: `Label each of them with one of ${entries.map(([name]) => name).join(", ")}`,
    recipe: [...entries, fixed],
  };
}

function frozenLabels(labels: LabelTree): LabelTree {
  if (typeof labels !== "object" || labels === null) return labels;
  const copy = mapLeaves((_path, label: string) => label, labels, []);
  freezeBelow(copy);
  return copy;
}

function freezeBelow(tree: LabelTree): void {
  if (typeof tree !== "object") return;
  for (const child of Object.values(tree) as LabelTree[]) freezeBelow(child);
  Object.freeze(tree);
}

function labelAt(labels: LabelTree, path: Path): string | undefined {
  let node: unknown = labels;
  for (const key of path) {
    if (typeof node !== "object" || node === null) break;
    node = Object.hasOwn(node, key) ? (node as Record<string | number, unknown>)[key] : undefined;
  }
  return typeof node === "string" ? node : undefined;
}

/** @throws GraphStructureError naming every parameter whose label is none of `names` */
function assertLabelled(
  labels: TreeOf<string | undefined>,
  tree: Tree,
  names: readonly string[],
  repair: string,
): TreeOf<string> {
  const missing: string[] = [];
  mapLeaves<tf.Tensor, void, string | undefined>(
    (path, _leaf, label) => {
      if (label !== undefined && names.includes(label)) return;
      missing.push(formatPath(path) + (label === undefined ? "" : ` (labelled ${JSON.stringify(label)})`));
    },
    tree,
    [labels],
  );
  if (missing.length > 0) {
    throw new GraphStructureError(
      `partition: expected each parameter to belong to a group, got none for ${missing.join(", ")}. ${repair}.`,
    );
  }
  // None is missing.
  return labels as TreeOf<string>;
}

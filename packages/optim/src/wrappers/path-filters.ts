/** @file Filters that see the paths of parameters and their tensors, but no Variables. */
import {
  All,
  Any,
  type Filter,
  InvalidArgumentError,
  Not,
  OfType,
  type Path,
  type Predicate,
  recipeOf,
  toPredicate,
  WithTag,
} from "@nnx-js/nn";

/**
 * The path as filters know it from models: what is spelt as an index is one, because the trees of an `Optimizer` hold
 * lists as objects.
 */
export function pathForFilters(path: Path): Path {
  return path.map((key) => (typeof key === "string" && /^(0|[1-9]\d{0,9})$/.test(key) ? Number(key) : key));
}

/**
 * The predicate of a filter over paths.
 *
 * @throws InvalidArgumentError for a filter by class or tag, on behalf of `caller`: tensors have neither
 */
export function pathPredicate(filter: Filter, caller: string): Predicate {
  const predicate = toPredicate(filter);
  const wrong = byVariable(predicate);
  if (wrong === undefined) return predicate;
  throw new InvalidArgumentError(
    `${caller}: expected filters over paths, got ${wrong}, which selects Variables: transformations see tensors. ` +
      `Filter by path, as PathContains("bias") or (path) => path.at(-1) === "kernel" do, or choose the Variables ` +
      `by the option wrt of Optimizer.`,
  );
}

/** The part of a filter that asks for a class or a tag, in words. */
function byVariable(predicate: unknown): string | undefined {
  if (typeof predicate !== "function") return undefined;
  const recipe = recipeOf(predicate);
  if (recipe?.maker === OfType || recipe?.maker === WithTag) return predicate.name;
  const isCombined = recipe && [All, Any, Not].some((maker) => maker === recipe.maker);
  // These keep the predicates that they are made of.
  return isCombined ? recipe.args.map(byVariable).find((wrong) => wrong !== undefined) : undefined;
}

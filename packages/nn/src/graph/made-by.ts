/** @file How a function or an object was made, so that two that were made alike count as one. */

/** The function that made something, and everything that decided what it gave. */
export interface Recipe {
  readonly maker: object;
  readonly args: readonly unknown[];
}

const recipes = new WeakMap<object, Recipe>();

/**
 * `value`, frozen, as what `maker` gives for `args`. A compiler takes two values of the same maker and equal arguments
 * for one: without that, a transformation or a filter that is made anew for each call would be a new one each time.
 *
 * ```ts
 * function scaleBy(factor: number): GradientTransformation<EmptyState> {
 *   return madeBy(stateless((updates) => treeMap((x) => tf.mul(x, factor), updates)), scaleBy, [factor]);
 * }
 * ```
 *
 * @param maker the function that returns `value`
 * @param args everything that the behaviour of `value` depends on, defaults filled in, as values that stay what they
 *   are: numbers, strings, booleans, functions, classes, what has a recipe, and frozen arrays and plain objects of
 *   those. Where something else is among them, `value` is like no other.
 */
export function madeBy<T extends object>(value: T, maker: object, args: readonly unknown[]): T {
  recipes.set(value, { maker, args: [...args] });
  return Object.freeze(value);
}

/** How `value` was made, if {@link madeBy} was told. */
export function recipeOf(value: object): Recipe | undefined {
  return recipes.get(value);
}

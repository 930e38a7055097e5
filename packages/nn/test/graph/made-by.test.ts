/** @file What factories say about what they make. */
import {
  All,
  Any,
  Everything,
  initializers,
  Linear,
  madeBy,
  Not,
  OfType,
  Param,
  PathContains,
  PathIn,
  recipeOf,
  withMetadata,
  WithTag,
} from "@nnx-js/nn";
import { describe, expect, it, test } from "vitest";

/** The maker and the arguments, those of arguments included. */
function describeRecipe(value: unknown): unknown {
  const recipe = typeof value === "function" ? recipeOf(value) : undefined;
  return recipe ? [recipe.maker, ...recipe.args.map(describeRecipe)] : value;
}

const PAIRS: readonly (readonly [make: (other: boolean) => unknown])[] = [
  [(other) => (other ? OfType(Linear) : OfType(Param))],
  [(other) => WithTag(other ? "a" : "b")],
  [(other) => PathContains("a", { exact: other })],
  [(other) => PathIn(["a", other ? 1 : "1"])],
  [(other) => All(Param, other ? "a" : "b")],
  [(other) => Any([Param], other ? true : Linear)],
  [(other) => Not(other ? Param : [Param])],
  [(other) => (other ? Everything() : Not(true))],
  [(other) => initializers.constant(other ? 1 : 2)],
  [(other) => initializers.normal(other ? 1 : 2)],
  [(other) => initializers.truncatedNormal(1, { lower: other ? -1 : -2 })],
  [(other) => initializers.orthogonal(1, { columnAxis: other ? 0 : 1 })],
  [(other) => initializers.glorotUniform({ inAxis: other ? [0] : [1] })],
  [(other) => withMetadata(initializers.lecunNormal(), { tag: other ? "a" : "b" })],
];

describe("recipes", () => {
  test.each(PAIRS)("of equal arguments are equal, of others are not: %#", (make) => {
    expect(describeRecipe(make(true))).toEqual(describeRecipe(make(true)));
    expect(describeRecipe(make(false))).toEqual(describeRecipe(make(false)));
    expect(describeRecipe(make(true))).not.toEqual(describeRecipe(make(false)));
  });

  it("are copies, and what has one is frozen", () => {
    const args = [1];
    const value = madeBy({ n: 1 }, describeRecipe, args);
    args.push(2);
    expect(recipeOf(value)).toEqual({ maker: describeRecipe, args: [1] });
    expect(Object.isFrozen(value)).toBe(true);
    expect(recipeOf({})).toBeUndefined();
  });
});

/** @file Values that stay what they are, which need not be looked through in each call. */
import { recipeOf } from "@nnx-js/nn";

const MADE = Symbol("made");
const LIST = Symbol("list");
const RECORD = Symbol("record");

/**
 * What decides whether two constants are equal, in a row, or `undefined` for what is none: primitives, what was made
 * by a factory that says so (`madeBy`), functions that such a factory was given, and frozen arrays and plain objects
 * of constants.
 */
export function partsOfConstant(value: unknown): unknown[] | undefined {
  const parts: unknown[] = [];
  return append(value, parts, 0) ? parts : undefined;
}

/** Whether somebody said how `value` was made. */
export function isMade(value: object): boolean {
  return recipeOf(value) !== undefined;
}

/** Deeper ones are walked over as other containers are: one of them may hold itself. */
const DEEPEST = 32;

function append(value: unknown, parts: unknown[], depth: number): boolean {
  const isFunction = typeof value === "function";
  if ((typeof value !== "object" && !isFunction) || value === null) {
    parts.push(value);
    return true;
  }
  if (depth > DEEPEST) return false;
  const recipe = recipeOf(value);
  if (recipe) {
    parts.push(MADE, recipe.maker, recipe.args.length);
    return recipe.args.every((arg) => append(arg, parts, depth + 1));
  }
  if (isFunction) {
    parts.push(value);
    return true;
  }
  if (!Object.isFrozen(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isList = Array.isArray(value) && prototype === Array.prototype;
  if (!isList && prototype !== Object.prototype && prototype !== null) return false;
  const keys = Reflect.ownKeys(value);
  parts.push(isList ? LIST : RECORD, prototype, keys.length);
  return keys.every((key) => {
    const property = Object.getOwnPropertyDescriptor(value, key)!;
    parts.push(key);
    return "value" in property && append(property.value, parts, depth + 1);
  });
}

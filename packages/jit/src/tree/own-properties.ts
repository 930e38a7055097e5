/** @file Which properties of an object count, as a walk lists them and a match counts them. */
import { isPytree } from "@nnx-js/nn";

/** The names of `for … in`, inherited ones among them; of an array its own, without its elements. */
export function namesOf(object: object): string[] {
  if (Array.isArray(object)) return Object.keys(object).slice(countElements(object));
  const names: string[] = [];
  for (const name in object) names.push(name);
  return names;
}

/** Own symbols, and own names that are not enumerable. */
export function hiddenKeysOf(object: object): PropertyKey[] {
  const isList = Array.isArray(object);
  return Reflect.ownKeys(object).filter(
    (key) =>
      typeof key === "symbol" ||
      (!Object.prototype.propertyIsEnumerable.call(object, key) && !(isList && key === "length")),
  );
}

/** How many own names a match will count: enumerable ones of arrays, all of others; -1 where it should count none. */
export function countNames(object: object): number {
  if (Array.isArray(object)) return Object.keys(object).length;
  const isPartlyHidden = hiddenKeysOf(object).some((key) => typeof key === "string");
  // Nodes are many, and nobody adds a name to one that cannot be enumerated.
  return isPartlyHidden || isPytree(object) ? -1 : Object.getOwnPropertyNames(object).length;
}

/** The object on the chain of prototypes that has the property. */
export function ownerOf(object: object, name: string): object {
  let owner = object;
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object;
  return owner;
}

/** How many elements of an array are there: holes are none. */
function countElements(array: readonly unknown[]): number {
  let count = 0;
  for (let i = 0; i < array.length; i++) if (i in array) count++;
  return count;
}

/** @file Which properties of an object count, as a walk lists them and a match counts them. */
import { isPytree } from "@nnx-js/nn";

/** How deep arguments may be nested: as deep as models. */
export const MAX_DEPTH = 1000;

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
    (key) => typeof key === "symbol" || (!isEnumerable(object, key) && !(isList && key === "length")),
  );
}

/** The `static get`s of a class, which belong to its text, as those of its instances do; none for other functions. */
export function getterKeysOf(fn: object): PropertyKey[] {
  if (!/^class\b/.test(Function.prototype.toString.call(fn))) return [];
  return hiddenKeysOf(fn).filter((key) => !("value" in Object.getOwnPropertyDescriptor(fn, key)!));
}

/** How many own properties there are, by which one more is noticed; -1 for what need not be counted. */
export interface Counts {
  /** All. */
  readonly all: number;
  /** Names that can be enumerated, and symbols: the engine is fast at counting those where there are no others. */
  readonly names: number;
  readonly symbols: number;
}

export function countsOf(object: object, inNode: boolean): Counts {
  // A call goes over many nodes and functions in them: there, nobody adds what cannot be enumerated.
  if (typeof object === "function") return { all: inNode ? -1 : countAll(object), names: -1, symbols: -1 };
  const names = Object.getOwnPropertyNames(object).length;
  const symbols = Object.getOwnPropertySymbols(object).length;
  const hasHidden = hiddenKeysOf(object).some((key) => typeof key === "string");
  // A class that hides names knows which: counting them all would take as long as the rest of the match.
  if (hasHidden && isPytree(object)) return { all: -1, names: -1, symbols };
  const isSlow = hasHidden || Array.isArray(object);
  return isSlow ? { all: countAll(object), names: -1, symbols: -1 } : { all: -1, names, symbols };
}

/** Whether `object` has as many properties. */
export function hasCounts(object: object, { all, names, symbols }: Counts): boolean {
  if (all >= 0 && countAll(object) !== all) return false;
  if (names >= 0 && Object.getOwnPropertyNames(object).length !== names) return false;
  return symbols < 0 || Object.getOwnPropertySymbols(object).length === symbols;
}

const countAll = (object: object): number => Reflect.ownKeys(object).length;

/** Whether the property can be enumerated. */
export function isEnumerable(object: object, key: PropertyKey): boolean {
  return Object.prototype.propertyIsEnumerable.call(object, key);
}

/** The object on the chain of prototypes that has the property. */
export function ownerOf(object: object, name: string): object {
  let owner = object;
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object;
  return owner;
}

/** How many elements of an array can be enumerated: holes cannot. */
function countElements(array: readonly unknown[]): number {
  let count = 0;
  for (let i = 0; i < array.length; i++) if (isEnumerable(array, i)) count++;
  return count;
}

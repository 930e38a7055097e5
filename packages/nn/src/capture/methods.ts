/** @file Steps between the callers of modules' methods and the methods, for a while. */
import { MODULE, PYTREE } from "../graph/kinds.ts";

/** Stands around a call of the method `name` of `node`; answers what the caller gets. */
export type Around = (node: object, name: string, args: readonly unknown[], call: () => unknown) => unknown;

/** A method, wherever it is used. */
type Method = (this: object, ...args: unknown[]) => unknown;

/**
 * Runs `fn` with `around` in every method of the classes of `nodes`, inherited ones too, except names that begin
 * with `_` and the methods of `Module` and `Pytree`. A call by `super` is part of the call that it is made in.
 */
export function aroundMethods<T>(nodes: Iterable<object>, around: Around, fn: () => T): T {
  const undo: (() => void)[] = [];
  try {
    for (const prototype of prototypesOf(nodes)) {
      for (const [name, descriptor] of methodsOf(prototype)) {
        const method = descriptor.value;
        const wrapper: Method = function (...args) {
          const call = () => method.apply(this, args);
          return ownerOf(this, name) === prototype ? around(this, name, args, call) : call();
        };
        Object.defineProperty(prototype, name, { ...descriptor, value: wrapper });
        undo.unshift(() => Object.defineProperty(prototype, name, descriptor));
      }
    }
    return fn();
  } finally {
    for (const restore of undo) restore();
  }
}

/** The prototypes of `nodes` below the base classes, each once. */
function prototypesOf(nodes: Iterable<object>): Set<object> {
  const prototypes = new Set<object>();
  for (const node of nodes) {
    let prototype = Object.getPrototypeOf(node) as object | null;
    while (prototype && !Object.hasOwn(prototype, MODULE) && !Object.hasOwn(prototype, PYTREE)) {
      prototypes.add(prototype);
      prototype = Object.getPrototypeOf(prototype) as object | null;
    }
  }
  return prototypes;
}

function methodsOf(prototype: object): [string, PropertyDescriptor & { value: Method }][] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype)).filter(
    (entry): entry is [string, PropertyDescriptor & { value: Method }] => {
      const [name, { value, configurable }] = entry;
      return (
        typeof value === "function" && configurable === true && name !== "constructor" && name[0] !== "_"
      );
    },
  );
}

/** The object in the prototype chain of `node` that has `name`. */
function ownerOf(node: object, name: string): object | null {
  let owner: object | null = node;
  while (owner && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object | null;
  return owner;
}

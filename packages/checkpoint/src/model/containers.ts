/** @file What can hold leaves. */
import { type Container, isPytree, type Parent } from "@nnx-js/nn";

/** Whether `value` is an array, a `Map` or a plain object. */
export function isContainer(value: unknown): value is Container {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value) || value instanceof Map) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether `value` is a Module, another node with attributes, or a container. */
export function isParent(value: unknown): value is Parent {
  return isPytree(value) || isContainer(value);
}

/** The child of `parent` whose key is spelled `name`, an index too. */
export function childNamed(parent: Parent, name: string): unknown {
  if (parent instanceof Map) {
    const index = Number(name);
    return !parent.has(name) && String(index) === name ? parent.get(index) : parent.get(name);
  }
  // Attributes, elements of arrays and those of a List alike; nothing that is inherited or computed.
  const property = Object.getOwnPropertyDescriptor(parent, name);
  return property?.enumerable ? property.value : undefined;
}

/** @file Structural copies: new nodes, with Variables shared or copied. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Pytree } from "../module/pytree.ts";
import { copyVariable, type Variable } from "../variable/variable.ts";
import { setChild } from "./children.ts";
import { assertCopyable } from "./copyable.ts";
import { assertDepth, type Container, type Key, kindOf } from "./kinds.ts";
import { assertNode } from "./node-argument.ts";

/** What a copy does with the leaves. */
interface LeafRules {
  variable(variable: Variable): Variable | tf.Tensor;
  tensor(tensor: tf.Tensor): tf.Tensor;
}

const SHARE: LeafRules = { variable: (variable) => variable, tensor: (tensor) => tensor };
const COPY: LeafRules = { variable: copyVariable, tensor: (tensor) => tensor.clone() };

/** Options of {@link clone}. */
export interface CloneOptions {
  /** Whether Variables (and plain tensors) are copied too; otherwise the copy shares them. Default `true`. */
  variables?: boolean | undefined;
}

/**
 * A copy of `node` with the same classes and attributes; constructors are not run, shared nodes stay shared and
 * cycles closed. By default the copy has Variables of its own; with `{ variables: false }` it shares them, which
 * is a view without a change of modes.
 *
 * @throws UncopyableNodeError for a node with `#private` members or arrow-function methods; GraphStructureError for
 *   what can hold nothing
 * @see flax.nnx.clone
 */
export function clone<T>(node: T, { variables = true }: CloneOptions = {}): T {
  assertNode(node, "clone");
  // A structural copy has the type of what it copies.
  return copyWith(node, variables ? COPY : SHARE) as T;
}

/** A structural copy of `value` whose leaves are as `leaves` makes them. */
export function copyWith(value: unknown, leaves: LeafRules): unknown {
  return copyValue(value, [], leaves, new Map());
}

function copyValue(value: unknown, path: Key[], leaves: LeafRules, copies: Map<unknown, unknown>): unknown {
  const kind = kindOf(value);
  if (kind === "static") return value;
  assertDepth(path, "clone");
  if (kind === "tensor") return leaves.tensor(value as tf.Tensor);
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (kind === "variable") {
    const variable = leaves.variable(value as Variable);
    copies.set(value, variable);
    return variable;
  }
  const copyChild = (key: Key, child: unknown) => copyValue(child, [...path, key], leaves, copies);
  if (kind === "pytree") return copyPytree(value as Pytree, path, copies, copyChild);
  return copyContainer(value as Container, copies, copyChild);
}

type CopyChild = (key: Key, child: unknown) => unknown;

function copyPytree(node: Pytree, path: Key[], copies: Map<unknown, unknown>, copyChild: CopyChild): Pytree {
  assertCopyable(node, path);
  const copy = Object.create(Object.getPrototypeOf(node)) as Pytree;
  copies.set(node, copy);
  for (const key of Reflect.ownKeys(node)) {
    const descriptor = Object.getOwnPropertyDescriptor(node, key)!;
    if ("value" in descriptor) descriptor.value = copyChild(String(key), descriptor.value);
    Object.defineProperty(copy, key, descriptor);
  }
  return copy;
}

function copyContainer(container: Container, copies: Map<unknown, unknown>, copyChild: CopyChild): Container {
  if (Array.isArray(container)) {
    const copy: unknown[] = [];
    copies.set(container, copy);
    for (const [index, child] of container.entries()) copy[index] = copyChild(index, child);
    return copy;
  }
  if (container instanceof Map) {
    const copy = new Map<Key, unknown>();
    copies.set(container, copy);
    for (const [key, child] of container) copy.set(key, copyChild(key, child));
    return copy;
  }
  const copy = Object.create(Object.getPrototypeOf(container)) as Record<string, unknown>;
  copies.set(container, copy);
  for (const [key, child] of Object.entries(container)) setChild(copy, key, copyChild(key, child));
  return copy;
}

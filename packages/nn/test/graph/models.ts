/** @file Random trees of modules, with sharing and cycles, for the properties of the graph functions. */
import { BatchStat, Dict, List, Module, Param, type Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";

/** A module that takes any attributes. */
export class Node extends Module {
  [name: string]: unknown;
}

/** What to make at one attribute; `back` is the nth node or Variable made so far (its parents included). */
type Branch = "node" | "list" | "dict" | "array" | "map" | "object";
type Plan =
  | { kind: "param" | "stat" | "tensor" | "number" }
  | { kind: "back"; nth: number }
  | { kind: Branch; children: Plan[] };

const kinds = ["param", "stat", "tensor", "number"] as const;
const leaf = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...kinds).map((kind): Plan => ({ kind })) },
  { weight: 2, arbitrary: fc.nat(20).map((nth): Plan => ({ kind: "back", nth })) },
);

const { root } = fc.letrec<{ plan: Plan; root: Plan }>((tie) => ({
  plan: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constantFrom<Branch[]>("node", "list", "dict", "array", "map", "object"),
      children: fc.array(tie("plan"), { maxLength: 4 }),
    }),
  ),
  root: fc.record({
    kind: fc.constant<Branch>("node"),
    children: fc.array(tie("plan"), { minLength: 1, maxLength: 5 }),
  }),
}));

/** Names in an order that is not the sorted one. */
const NAMES = ["b", "a10", "a2", "C", "_x"];

function build(plan: Plan, made: object[], count: () => number): unknown {
  const remember = <T extends object>(value: T): T => {
    made.push(value);
    return value;
  };
  switch (plan.kind) {
    case "param":
      return remember(new Param(tf.scalar(count())));
    case "stat":
      return remember(new BatchStat(tf.mul(tf.ones([2]), count())));
    case "tensor":
      return tf.scalar(count());
    case "number":
      return count();
    case "back":
      return made[plan.nth % made.length];
    case "array": {
      const array: unknown[] = [];
      for (const child of plan.children) array.push(build(child, made, count));
      return array;
    }
    case "map": {
      const map = new Map<string | number, unknown>();
      for (const [i, child] of plan.children.entries())
        map.set(i % 2 ? 10 - i : NAMES[i]!, build(child, made, count));
      return map;
    }
    case "object": {
      const object: Record<string, unknown> = {};
      for (const [i, child] of plan.children.entries()) object[NAMES[i]!] = build(child, made, count);
      return object;
    }
    case "list": {
      const list = remember(new List<unknown>());
      for (const child of plan.children) list.push(build(child, made, count));
      return list;
    }
    default: {
      const node = remember(plan.kind === "node" ? new Node() : (new Dict() as unknown as Node));
      for (const [i, child] of plan.children.entries()) node[NAMES[i]!] = build(child, made, count);
      return node;
    }
  }
}

/** Trees of modules and containers with Variables, tensors, numbers, shared parts and cycles. */
export const randomModel: fc.Arbitrary<Node> = root.map((plan) => {
  let next = 0;
  return build(plan, [], () => next++) as Node;
});

/** A value of any Variable, read back. */
export async function valueOf(leafValue: Variable | tf.Tensor): Promise<number[]> {
  return [...(await (leafValue instanceof tf.Tensor ? leafValue : leafValue.value).data())];
}

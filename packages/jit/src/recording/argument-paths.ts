/** @file Where tensors, Variables and other objects stand in the arguments of a recorded function. */
import { isVariable, iterGraph, type Key, type Path } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Pattern, Properties } from "../tree/pattern.ts";
import type { Walk } from "../tree/walk.ts";

/** Where a tensor of the arguments stands, and whether it is part of a Module or another node of the graph. */
export interface LeafPath {
  readonly path: Path;
  readonly inNode: boolean;
}

/**
 * The first path of each tensor and of each object with an identity. Below a Module they are those of its state
 * (`iterGraph`), which do not depend on the order in which attributes were set.
 */
export class ArgumentPaths {
  readonly leaves: LeafPath[] = [];
  readonly objects = new Map<object, Path>();
  readonly #walk: Walk;

  constructor(walk: Walk) {
    this.#walk = walk;
    this.#visit(walk.pattern, [], false);
  }

  #visit(pattern: Pattern, path: Path, inNode: boolean): void {
    if (pattern.kind === "tensor") {
      const known = inNode ? this.objects.get(this.#walk.leaves[pattern.leaf]!.tensor) : undefined;
      this.leaves[pattern.leaf] = { path: known ?? path, inNode };
      return;
    }
    if ("index" in pattern && pattern.kind !== "reference")
      this.#note(this.#walk.objects[pattern.index]!, path);
    switch (pattern.kind) {
      case "node":
        if (!inNode) this.#noteState(pattern.node, path);
        this.#visitProperties(pattern.properties, path, true);
        break;
      case "variable":
        this.#visitEach(pattern.children, path, pattern.attributes.map(keyOf), inNode);
        break;
      case "list":
      case "set":
        this.#visitEach(pattern.children, path, [...pattern.children.keys()], inNode);
        this.#visitProperties(pattern.properties, path, inNode);
        break;
      case "map":
        this.#visitEach(pattern.children, path, pattern.keys.map(keyOfPattern), inNode);
        this.#visitProperties(pattern.properties, path, inNode);
        break;
      case "state":
        for (const [i, leaf] of pattern.leaves.entries())
          this.#visit(leaf, [...path, ...pattern.paths[i]!], inNode);
        break;
      case "record":
        this.#visitProperties(pattern.properties, path, inNode);
        break;
      case "function":
        if (pattern.set) this.#visitProperties(pattern.set.properties, path, inNode);
        break;
      default:
    }
  }

  #visitProperties(properties: Properties, path: Path, inNode: boolean): void {
    this.#visitEach(properties.children, path, properties.names, inNode);
    this.#visitEach(properties.hiddenChildren, path, properties.hidden.map(keyOf), inNode);
  }

  #visitEach(
    children: readonly (Pattern | undefined)[],
    path: Path,
    keys: readonly Key[],
    inNode: boolean,
  ): void {
    for (const [i, child] of children.entries()) if (child) this.#visit(child, [...path, keys[i]!], inNode);
  }

  #noteState(node: object, path: Path): void {
    for (const [below, value] of iterGraph(node)) {
      if (isVariable(value) || value instanceof tf.Tensor) this.#note(value, [...path, ...below]);
    }
  }

  #note(object: object, path: Path): void {
    if (!this.objects.has(object)) this.objects.set(object, path);
  }
}

function keyOf(key: PropertyKey): Key {
  return typeof key === "symbol" ? (key.description ?? "symbol") : key;
}

function keyOfPattern(pattern: Pattern, i: number): Key {
  const isKey = pattern.kind === "static" && ["string", "number"].includes(typeof pattern.value);
  return isKey ? (pattern.value as Key) : i;
}

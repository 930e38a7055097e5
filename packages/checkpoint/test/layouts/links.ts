/** @file Loads and saves by the links of a layout alone. */
import { isVariable, state, type StateLeaf, transaction } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { Layout, Link } from "../../src/layouts/layout.ts";
import type { TensorFile } from "../../src/tensor-file.ts";

function leafAt(node: unknown, path: Link["paths"][number]): StateLeaf {
  return state(node).leaf(...path);
}

/** The values that a file has for a model, all of whose tensors fit; they are written into the model. */
export async function loadBy(layout: Layout, node: unknown, file: TensorFile): Promise<void> {
  const links = layout.links(node, state(node).entries, file);
  const wanted = links.flatMap(({ parts }) => parts.map(({ name, shape }) => [name, [...shape]]));
  const found = file.names.filter((name) => !layout.ignores(name, file));
  expect(new Map(wanted as [string, number[]][])).toEqual(
    new Map(found.map((name) => [name, [...file.info(name).shape]])),
  );
  const values: [StateLeaf, tf.Tensor][] = [];
  for (const link of links) {
    const parts = await Promise.all(link.parts.map(({ name }) => file.tensor(name)));
    const refused = await link.refuses?.(parts);
    if (refused !== undefined) throw new Error(refused);
    const tensors = tf.tidy(() => link.toModel(parts));
    for (const [i, path] of link.paths.entries()) values.push([leafAt(node, path), tensors[i]!]);
  }
  transaction(() => {
    for (const [leaf, value] of values) {
      expect(leaf.shape).toEqual(value.shape);
      if (isVariable(leaf)) leaf.value = value;
    }
  });
}

/** What a layout writes of a model. */
export function savedBy(layout: Layout, node: unknown): Map<string, tf.Tensor> {
  const tensors = new Map<string, tf.Tensor>();
  for (const link of layout.links(node, state(node).entries, undefined)) {
    const { paths, parts } = link;
    const values = paths
      .map((path) => leafAt(node, path))
      .map((leaf) => (isVariable(leaf) ? leaf.value : leaf));
    const written = tf.tidy(() => link.toFile(values));
    for (const [i, { name, shape }] of parts.entries()) {
      expect(tensors.has(name), name).toBe(false);
      expect(written[i]!.shape, name).toEqual([...shape]);
      tensors.set(name, written[i]!);
    }
  }
  return tensors;
}

/** Tensors in memory as a file. */
export function fileOf(tensors: ReadonlyMap<string, tf.Tensor>): TensorFile {
  return {
    names: [...tensors.keys()],
    metadata: {},
    info(name) {
      const { shape, size } = tensors.get(name)!;
      return { dtype: "F32", shape, byteLength: size * 4 };
    },
    tensor: (name) => Promise.resolve(tensors.get(name)!.clone()),
    close: () => Promise.resolve(),
  };
}

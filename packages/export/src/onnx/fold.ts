/** @file Computes what depends on constants and on fixed state only. */
import type { Elements } from "@nnx-js/jit/graph";
import { isVariable, RngState } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { UnsupportedExportError } from "../errors.ts";
import { areStatic, sizeOf } from "./symbolic/dim.ts";
import type { Attr, Node, SymbolicGraph, Value } from "./symbolic/graph.ts";

/** A value that is known: its elements, and what it is called. */
export interface Known {
  readonly elements: Elements;
  readonly shape: readonly number[];
  /** The parameter that it is, or that it was made of. */
  readonly name: string | undefined;
}

/** Results of so many elements are worth computing, even where what they are made of is smaller. */
const SMALL = 4096;

interface Folded {
  /** Without what was computed, and without what nobody needs. */
  readonly graph: SymbolicGraph;
  readonly known: Map<Value, Known>;
}

/**
 * Computes with the active backend what is the same in each call, and reads it.
 *
 * @throws UnsupportedExportError for random numbers that something needs
 */
export async function fold(caller: string, graph: SymbolicGraph): Promise<Folded> {
  const written = new Set(graph.writes.map(({ nextOf }) => nextOf));
  const tensors = new Map<Value, tf.Tensor>();
  const names = new Map<Value, string | undefined>();
  const made: tf.Tensor[] = [];
  const keep = (value: Value, tensor: tf.Tensor, name: string | undefined) => {
    made.push(tensor);
    tensors.set(value, tensor);
    names.set(value, name);
  };
  try {
    for (const [i, parameter] of graph.parameters.entries()) {
      if (parameter.role === "input" || written.has(i)) continue;
      keep(parameter.value, tf.clone(parameter.read()), parameter.name);
    }
    for (const { value, shape, elements, ofBatch } of graph.constants) {
      if (!ofBatch && areStatic(value.shape))
        keep(value, tf.tensor(elements, [...shape], value.dtype), undefined);
    }
    const needed = withoutDead(graph);
    assertNothingRandom(caller, graph, needed);
    const left: Node[] = [];
    for (const node of needed) {
      const inputs = Object.entries(node.inputs);
      const isKnown = inputs.every(([, value]) => tensors.has(value));
      if (!isKnown || !isWorthIt(node)) {
        left.push(node);
        continue;
      }
      const given = Object.fromEntries(inputs.map(([name, value]) => [name, tensors.get(value)!]));
      const result = run(node, given);
      const origins = new Set(inputs.flatMap(([, value]) => names.get(value) ?? []));
      const name = origins.size === 1 ? [...origins][0] : undefined;
      for (const [i, output] of node.outputs.entries()) keep(output, result[i]!, name);
    }
    const rest = { ...graph, nodes: left };
    return { graph: rest, known: await read(rest, tensors, names) };
  } finally {
    tf.dispose(made);
  }
}

/** A kernel whose result is known, on the active backend. */
function run({ kernelName, attrs }: Node, inputs: Record<string, tf.Tensor>): tf.Tensor[] {
  // Attributes are what the kernel was given when it was recorded.
  const result: unknown = tf.tidy(
    () =>
      tf.engine().runKernel(kernelName, inputs, attrs as unknown as tf.NamedAttrMap) as tf.TensorContainer,
  );
  return [result].flat() as tf.Tensor[];
}

function isWorthIt({ inputs, attrs, outputs }: Node): boolean {
  const isStatic = outputs.every(({ shape }) => areStatic(shape)) && Object.values(attrs).every(isPlain);
  if (!isStatic) return false;
  return elementsIn(outputs) <= Math.max(SMALL, elementsIn(Object.values(inputs)));
}

/** The number of elements of values whose shapes are known. */
function elementsIn(values: readonly Value[]): number {
  return values.reduce((sum, { shape }) => sum + sizeOf(shape)!, 0);
}

/** Whether an attribute has no number that follows the batch. */
function isPlain(attr: Attr): boolean {
  if (Array.isArray(attr)) return attr.every(isPlain);
  return typeof attr !== "object" || attr === null || !("scale" in attr);
}

/** The nodes that a result or a write needs. */
function withoutDead({ nodes, results, writes }: SymbolicGraph): Node[] {
  const wanted = new Set([...results, ...writes].map(({ value }) => value));
  const needed: Node[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    for (const value of Object.values(node.inputs)) wanted.add(value);
    needed.push(node);
  }
  needed.reverse();
  return needed;
}

/** The graph without nodes that nobody needs. */
export function pruned(graph: SymbolicGraph): SymbolicGraph {
  return { ...graph, nodes: withoutDead(graph) };
}

async function read(
  graph: SymbolicGraph,
  tensors: ReadonlyMap<Value, tf.Tensor>,
  names: ReadonlyMap<Value, string | undefined>,
): Promise<Map<Value, Known>> {
  const wanted = new Set([
    ...graph.nodes.flatMap(({ inputs }) => Object.values(inputs)),
    ...[...graph.results, ...graph.writes].map(({ value }) => value),
  ]);
  const known = new Map<Value, Known>();
  for (const [value, tensor] of tensors) {
    if (!wanted.has(value)) continue;
    const elements = elementsOf(value.dtype, await tensor.data<"float32" | "int32" | "bool">());
    known.set(value, { elements, shape: tensor.shape, name: names.get(value) });
  }
  return known;
}

/** Random numbers would be the same in each call; what draws them belongs to training. */
function assertNothingRandom(caller: string, graph: SymbolicGraph, nodes: readonly Node[]): void {
  const streams = new Map(
    graph.parameters.flatMap(({ variable, value, name }) =>
      isVariable(variable) && variable instanceof RngState ? [[value, name] as const] : [],
    ),
  );
  for (const { kernelName, inputs, outputs, source } of nodes) {
    const from = Object.values(inputs).flatMap((value) => streams.get(value) ?? [])[0];
    if (from === undefined) continue;
    if (!kernelName.startsWith("Threefry")) {
      // A count, or another key, made of it.
      for (const output of outputs) streams.set(output, from);
      continue;
    }
    const layer = from.replace(/(\.rngs)?\.(key|count)$/, "");
    throw new UnsupportedExportError(caller, kernelName, {
      source,
      reason: `which draws random numbers from ${from}`,
      wayOut:
        `They would be the same in each call. Export an evaluation view: view(model, { deterministic: true }) of ` +
        `@nnx-js/view, in which ${layer} draws none; or draw the numbers outside, and pass them in.`,
    });
  }
}

/** What was read, in the array of its dtype: backends keep some integers as other numbers. */
function elementsOf(dtype: Value["dtype"], elements: tf.TypedArray): Elements {
  const Kind = dtype === "float32" ? Float32Array : dtype === "int32" ? Int32Array : Uint8Array;
  return elements instanceof Kind ? elements : Kind.from(elements);
}

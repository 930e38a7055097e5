/** @file Sums of products, computed as products of sums and as products of matrices where those are smaller. */
import * as tf from "@tensorflow/tfjs-core";
import type { Graph, KernelNode } from "@nnx-js/nn/trace";
import { type Axes, axesOf, divided, type Index } from "./axes.ts";
import { Contraction } from "./contraction.ts";
import { sizeOf } from "./cost.ts";
import { matrixAxes, type Product, Products } from "./factors.ts";
import { GraphWriter } from "./graph-writer.ts";

/** Sums over so many products take next to no time. */
const SMALL = 1024;

/**
 * The same graph, in which no sum takes each product of elements of its factors one by one: a gradient of one example is
 * the product of a column and a row, so the sum of its squares is the product of two sums, and the sum of many such
 * gradients is one product of matrices. Factors that do not depend on what is summed go out of the sum.
 *
 * Sums are of float32 numbers in another order, as in any product of matrices. Squares are divided by the largest of
 * them before they are summed apart, so that they neither overflow nor vanish where the products would not. Where a
 * factor is infinite and another has zeros, a sum of squares is infinite or NaN.
 */
export function contracted(graph: Graph): Graph {
  const products = new Products(graph);
  let writer: GraphWriter | undefined;
  const constants = [...graph.constants];
  const nodes: KernelNode[] = [];
  for (const node of graph.nodes) {
    products.add(node);
    const found = productOf(node, products);
    if (!found) {
      nodes.push(node);
      continue;
    }
    writer ??= new GraphWriter(graph, constants);
    const kept = divided(found.kept.flat());
    const result = new Contraction(writer, found.product, kept).run();
    const count = node.kernelName === tf.Mean ? sizeOf(node.inputs["x"]!) / sizeOf(node.outputs[0]!) : 1;
    const scaled = count === 1 ? result : writer.launch(tf.RealDiv, [result, writer.scalar(count)]);
    nodes.push(...writer.take(scaled, node));
  }
  return writer ? { ...graph, constants, nodes } : graph;
}

/** What a launch sums of which product, if that has factors that are smaller; and the axes that it keeps. */
function productOf(node: KernelNode, products: Products): { product: Product; kept: Axes } | undefined {
  const { kernelName, inputs, outputs } = node;
  const operands = Object.values(inputs);
  if (![tf.Sum, tf.Mean, tf.BatchMatMul, tf.Einsum].includes(kernelName)) return undefined;
  if (outputs[0]!.dtype !== "float32" || !operands.some((operand) => products.has(operand))) return undefined;
  const product: Product = { factors: [], summed: [], isNegative: false };
  const { summed, kept, sides } = sumOf(node);
  product.summed.push(...summed);
  // A diagonal has one axis where the operand has two.
  if (sides.some((side) => new Set(side.flat()).size < side.flat().length)) return undefined;
  for (const [i, operand] of operands.entries()) products.expand(operand, sides[i]!, product);
  const largest = Math.max(...operands.map(sizeOf));
  const isWorthwhile = largest >= SMALL && product.factors.every(({ value }) => sizeOf(value) < largest);
  return isWorthwhile ? { product, kept } : undefined;
}

/** Over which axes a launch sums, which it keeps, and which its operands have. */
interface Summed {
  readonly summed: readonly Index[];
  readonly kept: Axes;
  readonly sides: readonly Axes[];
}

function sumOf(node: KernelNode): Summed {
  const { kernelName, inputs, attrs, outputs } = node;
  const { x } = inputs;
  if (kernelName === tf.BatchMatMul) {
    const kept = axesOf(outputs[0]!.shape);
    const [a, b, summed] = matrixAxes(node, kept);
    return { summed, kept, sides: [a, b] };
  }
  if (kernelName === tf.Einsum) return sumOfEinsum(node);
  const axes = axesOf(x!.shape);
  const folded = tf.util.parseAxisParam((attrs as { axis: number[] }).axis, [...x!.shape]);
  return {
    summed: folded.flatMap((axis) => axes[axis]!),
    kept: axes.filter((_, axis) => !folded.includes(axis)),
    sides: [axes],
  };
}

function sumOfEinsum({ inputs, attrs }: KernelNode): Summed {
  const [left = "", right = ""] = (attrs as { equation: string }).equation.replaceAll(" ", "").split("->");
  const all = new Map<string, readonly Index[]>();
  const sides = left.split(",").map((letters, i) => {
    const own = axesOf(inputs[i]!.shape);
    for (const [axis, letter] of letters.split("").entries())
      if (!all.has(letter)) all.set(letter, own[axis]!);
    return letters.split("").map((letter) => all.get(letter)!);
  });
  return {
    summed: [...all].flatMap(([letter, axis]) => (right.includes(letter) ? [] : axis)),
    kept: right.split("").map((letter) => all.get(letter)!),
    sides,
  };
}

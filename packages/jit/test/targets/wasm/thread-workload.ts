/** @file A program with work for several threads. */
import type { Graph } from "@nnx-js/nn/trace";
import type { Heap } from "../../../src/targets/wasm/memory/heap.ts";
import { compileWasm } from "../../../src/targets/wasm/program.ts";
import { GraphBuilder } from "./graphs.ts";

const SIZE = 192;

/** Products, whose operands are packed, sums along both axes and elementwise work, all large enough to be shared. */
export function workload(): Graph {
  const g = new GraphBuilder();
  const shape = [SIZE, SIZE];
  const [a, b] = [g.parameter(shape), g.parameter(shape)];
  const product = g.kernel("BatchMatMul", { a, b }, shape, { transposeA: false, transposeB: true });
  const turned = g.kernel("BatchMatMul", { a: b, b: a }, shape, { transposeA: true, transposeB: true });
  const root = g.kernel("Sqrt", { x: g.kernel("Abs", { x: product }, shape) }, shape);
  const quotient = g.kernel("RealDiv", { a: root, b: g.kernel("Square", { x: product }, shape) }, shape);
  return g.graph([
    quotient,
    turned,
    g.kernel("Sum", { x: quotient }, [SIZE], { axis: [0] }),
    g.kernel("Sum", { x: quotient }, [SIZE], { axis: [1] }),
  ]);
}

/** Compiles `graph`, with a function that runs it and gives all results, bit by bit. */
export function prepare(graph: Graph, heap: Heap) {
  const program = compileWasm(graph, heap);
  const sizeOf = (shape: readonly number[]) => shape.reduce((size, length) => size * length, 1);
  const addresses = [...graph.parameters, ...graph.outputs.map(({ value }) => value)].map(({ shape }) =>
    heap.allocate(4 * sizeOf(shape)),
  );
  const fill = (phase: number) => {
    for (const [i, { shape }] of graph.parameters.entries()) {
      const values = heap.float32(addresses[i]!, sizeOf(shape));
      for (let j = 0; j < values.length; j++) values[j] = Math.sin(1.7 * j + i + phase);
    }
  };
  fill(0);
  heap.int32(program.table, addresses.length).set(addresses);
  return {
    program,
    /** Gives the parameters other elements for each phase. */
    fill,
    /** The bits of all results, as text: long arrays are compared slowly. */
    run: (): string => {
      program.run();
      return graph.outputs
        .map(({ value }, i) =>
          heap.int32(addresses[graph.parameters.length + i]!, sizeOf(value.shape)).join(),
        )
        .join(";");
    },
  };
}

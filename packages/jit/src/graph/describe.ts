/** @file A graph as text. */
import type { ParameterSource } from "../capture/trace.ts";
import { bytesOf, costOf, sizeOf } from "./cost.ts";
import type { Constant, Graph, KernelNode, Value } from "@nnx-js/nn/trace";

/** The text of a graph: one line for each parameter, constant, launch and output. */
export function describe(graph: Graph, sources: readonly ParameterSource[] = []): string {
  const costs = graph.nodes.map(costOf);
  const flops = costs.reduce((sum, cost) => sum + cost.flops, 0);
  const bytes = costs.reduce((sum, cost) => sum + cost.bytes, 0);
  const lines = [
    ...graph.parameters.map((value, i) => [typed(value), `= ${sourceName(sources[i]) ?? "parameter"}`]),
    ...graph.constants.map((constant) => [typed(constant.value), `= ${constantText(constant)}`]),
    ...graph.nodes.map((node, i) => {
      const { flops, bytes } = costs[i]!;
      const cost = [flops > 0 ? count(flops, "FLOP") : "", count(bytes, "B")].filter(Boolean).join(", ");
      return [node.outputs.map(typed).join(", "), `= ${launchText(node)}`, cost, node.source ?? ""];
    }),
    ...graph.outputs.map(({ value, nextOf }) =>
      nextOf === undefined
        ? [`return ${name(value)}`]
        : [`next ${name(graph.parameters[nextOf]!)}`, `= ${name(value)}`],
    ),
  ];
  const title =
    `${graph.name}: ${plural(graph.parameters.length, "parameter")}, ${plural(graph.nodes.length, "launch")}, ` +
    `${count(flops, "FLOP")}, ${count(bytes, "B")} read and written`;
  return [title, ...aligned(lines).map((line) => `  ${line}`)].join("\n");
}

/** A number with a unit, such as `1.5 kB`. */
function count(amount: number, unit: string): string {
  const step = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.max(1, amount)) / 3)));
  const prefix = ["", "k", "M", "G", "T"][step]!;
  return `${Number((amount / 1000 ** step).toPrecision(3))} ${prefix}${unit}`;
}

function plural(amount: number, noun: string): string {
  if (amount === 1) return `1 ${noun}`;
  return `${amount} ${noun}${noun.endsWith("ch") ? "es" : "s"}`;
}

function name({ id }: Value): string {
  return `%${id}`;
}

function typed(value: Value): string {
  return `${name(value)}: ${value.dtype}[${value.shape.join(", ")}]`;
}

function sourceName(source: ParameterSource | undefined): string | undefined {
  switch (source?.kind) {
    case "argument":
      return `tensor ${source.leaf} of the arguments`;
    case "variable":
      return typeof source.holder === "number" ? "a Variable of the arguments" : "a captured Variable";
    case "tfVariable":
      return "a tf.Variable";
    case "captured":
      return "a captured tensor";
    default:
      return undefined;
  }
}

function constantText({ value, elements }: Constant): string {
  if (sizeOf(value) <= 4)
    return `constant ${[...elements].map((element) => Number(element.toPrecision(7))).join(", ")}`;
  const isFilled = elements.every((element) => element === elements[0]);
  return isFilled ? `constant, all ${elements[0]}` : `constant, ${count(bytesOf(value), "B")}`;
}

function launchText({ kernelName, inputs, attrs }: KernelNode): string {
  const operands = Object.entries(inputs).map(([key, value]) => `${key}: ${name(value)}`);
  const settings = Object.entries(attrs)
    // Most attributes are left at their defaults, which say nothing.
    .filter(([, value]) => value !== undefined && value !== null && value !== false)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `${kernelName}(${operands.join(", ")})${settings.length > 0 ? ` {${settings.join(", ")}}` : ""}`;
}

/** Lines of cells, with the cells of a column below each other as far as that does not waste a screen. */
function aligned(lines: readonly (readonly string[])[]): string[] {
  const widths = [0, 0, 0];
  for (const line of lines) {
    for (const [column, cell] of line.slice(0, -1).entries())
      widths[column] = Math.min(64, Math.max(widths[column] ?? 0, cell.length));
  }
  return lines.map((line) =>
    line
      .map((cell, column) => (column < line.length - 1 ? cell.padEnd(widths[column] ?? 0) : cell))
      .join("  ")
      .trimEnd(),
  );
}

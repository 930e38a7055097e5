/** @file One graph for all batches, from recordings with several: what differs between them must follow the batch. */
import type { Constant as RecordedConstant, KernelNode, Value as RecordedValue } from "@nnx-js/jit/graph";
import { ExportArgumentError } from "../../errors.ts";
import type { Recorded, RecordedOutput } from "../../record/record.ts";
import { commonConstant } from "./constants.ts";
import type { Dim } from "./dim.ts";
import type { Attr, Node, Output, SymbolicGraph, Value } from "./graph.ts";

/** Recordings of one function with batches of these sizes. */
export interface Recordings {
  readonly caller: string;
  readonly sizes: readonly number[];
  readonly recorded: readonly [Recorded, ...Recorded[]];
}

/**
 * The graph that `recorded` are cases of.
 *
 * @throws ExportArgumentError where they differ in more than sizes, or by sizes that do not grow in step with the batch
 */
export function unify(recordings: Recordings): SymbolicGraph {
  return new Unifier(recordings).graph();
}

class Unifier {
  private readonly values = new Map<RecordedValue, Value>();
  private readonly recordings: Recordings;

  constructor(recordings: Recordings) {
    this.recordings = recordings;
  }

  graph(): SymbolicGraph {
    const { recorded } = this.recordings;
    const [first] = recorded;
    this.assertSame(
      recorded.map(({ graph }) => graph.nodes.length),
      "other operations",
      first.graph.nodes.at(-1),
    );
    this.assertSame(
      recorded.map(({ parameters }) => parameters.map(({ name }) => name).join()),
      "other parameters",
    );
    const parameters = first.parameters.map((parameter, i) => ({
      ...parameter,
      value: this.value(recorded.map((each) => each.parameters[i]!.value)),
    }));
    this.assertSame(
      recorded.map(({ graph }) => graph.constants.length),
      "other constants",
    );
    const constants = first.graph.constants.map((_, i) => {
      const cases = recorded.map(({ graph }) => graph.constants[i]!);
      return this.constant(cases);
    });
    const nodes = first.graph.nodes.map((_, i) => this.node(recorded.map(({ graph }) => graph.nodes[i]!)));
    const output = (cases: readonly RecordedOutput[]): Output => {
      const value = this.values.get(cases[0]!.value)!;
      return { ...cases[0]!, value };
    };
    return {
      name: first.name,
      parameters,
      constants,
      nodes,
      results: first.results.map((_, i) => output(recorded.map(({ results }) => results[i]!))),
      writes: first.writes.map((_, i) => output(recorded.map(({ writes }) => writes[i]!))),
    };
  }

  private value(cases: readonly RecordedValue[], node?: KernelNode): Value {
    const [first] = cases as [RecordedValue];
    this.assertSame(
      cases.map(({ dtype }) => dtype),
      "other dtypes",
      node,
    );
    this.assertSame(
      cases.map(({ shape }) => shape.length),
      "other ranks",
      node,
    );
    const shape = first.shape.map((_, axis) =>
      this.dim(
        cases.map(({ shape }) => shape[axis]!),
        "a size",
        node,
      ),
    );
    const value = { shape, dtype: first.dtype };
    this.values.set(first, value);
    return value;
  }

  private constant(cases: readonly RecordedConstant[]) {
    const value = this.value(cases.map(({ value }) => value));
    const common = commonConstant(value, cases, (numbers) => this.fitted(numbers));
    if (common) return common;
    throw this.error(
      `constants of shape [${cases[0]!.value.shape.join(", ")}] whose elements follow the batch`,
    );
  }

  private node(cases: readonly KernelNode[]): Node {
    const [first] = cases as [KernelNode];
    this.assertSame(
      cases.map(({ kernelName }) => kernelName),
      "other operations",
      first,
    );
    const inputs: Record<string, Value> = {};
    for (const name in first.inputs) {
      // Numbers are given in the order of making.
      this.assertSame(
        cases.map((each) => each.inputs[name]?.id),
        "other operands",
        first,
      );
      inputs[name] = this.values.get(first.inputs[name]!)!;
    }
    const attrs: Record<string, Attr> = {};
    for (const name in first.attrs) {
      attrs[name] = this.attr(
        cases.map((each) => each.attrs[name] as Attr),
        first,
      );
    }
    const outputs = first.outputs.map((_, i) =>
      this.value(
        cases.map((each) => each.outputs[i]!),
        first,
      ),
    );
    const { kernelName, source } = first;
    return { kernelName, inputs, attrs, outputs, source };
  }

  private attr(cases: readonly Attr[], node: KernelNode): Attr {
    const [first] = cases;
    if (cases.every((each) => Object.is(each, first))) return first;
    if (Array.isArray(first)) {
      const lists = cases as readonly (readonly Attr[])[];
      this.assertSame(
        lists.map((list) => list.length),
        "other settings",
        node,
      );
      return first.map((_, i) =>
        this.attr(
          lists.map((list) => list[i]),
          node,
        ),
      );
    }
    if (typeof first === "number") return this.dim(cases as readonly number[], "a setting", node);
    // Typed arrays and objects: the same in all.
    this.assertSame(
      cases.map((each) => JSON.stringify(each)),
      "other settings",
      node,
    );
    return first;
  }

  private dim(cases: readonly number[], what: string, node?: KernelNode): Dim {
    const fitted = this.fitted(cases);
    if (fitted !== undefined) return fitted;
    const { sizes } = this.recordings;
    const found = cases.map((number, i) => `${number} for ${sizes[i]!}`).join(", ");
    throw this.error(`${what} that does not grow in step with the batch (${found})`, node);
  }

  /** The number that these are for the sizes of the batch, if they lie on a line. */
  private fitted(cases: readonly number[]): Dim | undefined {
    const [first = 0, second = first] = cases;
    if (cases.every((each) => Object.is(each, first))) return first;
    const { sizes } = this.recordings;
    const scale = (second - first) / (sizes[1]! - sizes[0]!);
    const offset = first - scale * sizes[0]!;
    const isLine = cases.every((each, i) => each === scale * sizes[i]! + offset);
    return isLine && Number.isInteger(scale) && Number.isInteger(offset) ? { scale, offset } : undefined;
  }

  private assertSame(cases: readonly unknown[], found: string, node?: KernelNode): void {
    if (!cases.every((each) => each === cases[0])) throw this.error(`${found} for other batches`, node);
  }

  private error(found: string, node?: KernelNode): ExportArgumentError {
    const { caller, sizes } = this.recordings;
    const place = node
      ? ` in ${node.kernelName}${node.source === undefined ? "" : ` at ${node.source}`}`
      : "";
    return new ExportArgumentError(
      `${caller}: expected a function that does the same for batches of any size, found ${found}${place} ` +
        `(it was recorded with batches of ${sizes.join(", ")}). Export it without dynamicBatch, for the batch of its ` +
        `arguments, or let the code not depend on the size: tf.mean in place of a sum that is divided, shapes with -1.`,
    );
  }
}

/** @file The file's graph while it is made: operators, initialisers, names. */
import { ExportArgumentError } from "../../errors.ts";
import { UniqueNames } from "../../record/unique.ts";
import { type Dim, type Dims, isSameDim, isStatic, areStatic } from "../symbolic/dim.ts";
import { int64Array, type OnnxArray, type OnnxDtype, transposedArray } from "./arrays.ts";

/** Tensors by name, lists of numbers, texts. Whole numbers are written as such, `float` marks the others. */
export type OnnxAttr = number | string | readonly number[] | { readonly float: number };

/** One operator. */
export interface OnnxNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attrs: Readonly<Record<string, OnnxAttr>>;
}

/** Where the size of the batch is read: an axis of an input. */
export interface BatchSource {
  readonly input: string;
  readonly axis: number;
}

/** Collects operators and initialisers. */
export class OnnxGraph {
  readonly nodes: OnnxNode[] = [];
  readonly initializers = new Map<string, OnnxArray>();
  readonly names = new UniqueNames();
  /** The version of the operators. */
  readonly opset: number;
  private readonly shared = new Map<string, string>();
  private readonly origins = new Map<string, string>();
  private readonly rearranged = new Map<string, string>();
  private readonly sizes = new Map<string, string>();
  private readonly batch: BatchSource | undefined;

  constructor(opset: number, batch: BatchSource | undefined) {
    this.opset = opset;
    this.batch = batch;
  }

  /** Adds an operator with one output; gives its name. Inputs that are left out are "". */
  op(type: string, inputs: readonly string[], attrs: Readonly<Record<string, OnnxAttr>> = {}): string {
    return this.ops(type, inputs, attrs, 1)[0]!;
  }

  /** Adds an operator with `count` outputs. */
  ops(
    type: string,
    inputs: readonly string[],
    attrs: Readonly<Record<string, OnnxAttr>>,
    count: number,
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.names.take(`${type}_0`));
    this.nodes.push({ type, inputs, outputs, attrs });
    return outputs;
  }

  /** An initialiser under a name of its own, or one near it. */
  initializer(name: string, array: OnnxArray): string {
    const own = this.names.take(name);
    this.initializers.set(own, array);
    return own;
  }

  /** An initialiser made of another one. */
  private derived(origin: string, array: OnnxArray): string {
    const name = this.initializer(origin, array);
    this.origins.set(name, this.origins.get(origin) ?? origin);
    return name;
  }

  /** The initialiser that one was made of. */
  originOf(name: string): string | undefined {
    return this.origins.get(name);
  }

  /** A small constant; equal ones are the same initialiser. */
  constant(array: OnnxArray): string {
    const key = `${array.dtype} ${array.shape.join()}: ${array.elements.join()}`;
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    const name = this.initializer("constant", array);
    this.shared.set(key, name);
    return name;
  }

  /** A list of whole numbers. */
  ints(numbers: readonly number[]): string {
    return this.constant(int64Array(numbers));
  }

  /** Sizes as a tensor of rank 1, computed from the batch where they depend on it. */
  dims(dims: Dims): string {
    if (areStatic(dims)) return this.ints(dims);
    const parts = dims.map((dim) => this.size(dim));
    return parts.length === 1 ? parts[0]! : this.op("Concat", parts, { axis: 0 });
  }

  /** A size, as a tensor of one element. */
  size(dim: Dim): string {
    if (isStatic(dim)) return this.ints([dim]);
    const key = `${dim.scale} ${dim.offset}`;
    const known = this.sizes.get(key);
    if (known !== undefined) return known;
    let name = this.batchSize();
    if (dim.scale !== 1) name = this.op("Mul", [name, this.ints([dim.scale])]);
    if (dim.offset !== 0) name = this.op("Add", [name, this.ints([dim.offset])]);
    this.sizes.set(key, name);
    return name;
  }

  /** `name` of shape `from` with the shape `to`. */
  reshape(name: string, from: Dims, to: Dims): string {
    if (from.length === to.length && from.every((dim, axis) => isSameDim(dim, to[axis]!))) return name;
    const array = this.initializers.get(name);
    if (array && areStatic(to)) {
      const key = `${name} as ${to.join()}`;
      const known = this.rearranged.get(key) ?? this.derived(name, { ...array, shape: to });
      this.rearranged.set(key, known);
      return known;
    }
    return this.op("Reshape", [name, this.targetShape(from, to)], to.includes(0) ? { allowzero: 1 } : {});
  }

  /** `name` with its axes in the order `perm`; initialisers are turned here, once. */
  transpose(name: string, perm: readonly number[]): string {
    if (perm.every((axis, i) => axis === i)) return name;
    const array = this.initializers.get(name);
    if (!array) return this.op("Transpose", [name], { perm });
    const key = `${name} ${perm.join()}`;
    const known = this.rearranged.get(key);
    if (known !== undefined) return known;
    const turned = this.derived(name, transposedArray(array, perm));
    this.rearranged.set(key, turned);
    return turned;
  }

  /** `name` as elements of another dtype. */
  cast(name: string, from: OnnxDtype, to: OnnxDtype): string {
    return from === to ? name : this.op("Cast", [name], { to: TYPE_NUMBERS[to] });
  }

  private batchSize(): string {
    if (!this.batch) {
      throw new ExportArgumentError(
        "exportOnnx: expected a function that computes with an input that has the batch, found one that takes no more than " +
          "its size. Export it without dynamicBatch.",
      );
    }
    const { input, axis } = this.batch;
    const known = this.sizes.get("1 0");
    if (known !== undefined) return known;
    const name = this.op("Shape", [input], { start: axis, end: axis + 1 });
    this.sizes.set("1 0", name);
    return name;
  }

  /** The shape for Reshape: sizes that are the input's own are copied, one other is what is left. */
  private targetShape(from: Dims, to: Dims): string {
    if (areStatic(to)) return this.ints(to);
    const isEmpty = to.includes(0);
    if (!isEmpty) {
      const copied = to.map(
        (dim, axis) => !isStatic(dim) && axis < from.length && isSameDim(dim, from[axis]!),
      );
      const open = to.filter((dim, axis) => !isStatic(dim) && !copied[axis]);
      if (open.length <= 1)
        return this.ints(to.map((dim, axis) => (isStatic(dim) ? dim : copied[axis] ? 0 : -1)));
    }
    return this.dims(to);
  }
}

/** ONNX's numbers of element types. */
export const TYPE_NUMBERS: Readonly<Record<OnnxDtype, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
};

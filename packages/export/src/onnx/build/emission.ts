/** @file What rules work with: the names that values have in the file, in which form they are there. */
import type { Dtype } from "@nnx-js/jit/graph";
import { UnsupportedExportError } from "../../errors.ts";
import { areStatic, broadcastDims, type Dims, isSameDim, isSameShape } from "../symbolic/dim.ts";
import type { Node, Value } from "../symbolic/graph.ts";
import { type OnnxArray, scalarArray } from "./arrays.ts";
import { channelsFirst, toFirst, toLast } from "./channels.ts";
import { OnnxGraph } from "./onnx-graph.ts";

/**
 * Another tensor from which a value can be made: the same elements in another shape, with the channels before the
 * places, or one that is to be broadcast. Where what uses the value can do with that tensor, it is never made.
 */
export interface Form {
  readonly kind: "reshaped" | "channelsFirst" | "broadcast";
  readonly name: string;
  readonly shape: Dims;
}

/** Names of values, and the graph that they are made in. */
export class Emission {
  readonly graph: OnnxGraph;
  readonly caller: string;
  private readonly names = new Map<Value, string>();
  private readonly forms = new Map<Value, Form>();

  constructor(graph: OnnxGraph, caller: string) {
    this.graph = graph;
    this.caller = caller;
  }

  /** Says that a value is the tensor `name`. */
  set(value: Value, name: string): void {
    this.names.set(value, name);
  }

  /** Says that a value can be made of another tensor. */
  setForm(value: Value, form: Form): void {
    if (form.kind !== "channelsFirst" && isSameShape(form.shape, value.shape)) this.set(value, form.name);
    else this.forms.set(value, form);
  }

  /** The form of a value, if it has one. */
  form(value: Value): Form | undefined {
    return this.forms.get(value);
  }

  /** The elements of a value, if it is the same in each call. */
  array(value: Value): OnnxArray | undefined {
    const name = this.names.get(value);
    return name === undefined ? undefined : this.graph.initializers.get(name);
  }

  /** The tensor that a value is. */
  name(value: Value): string {
    const known = this.names.get(value);
    if (known !== undefined) return known;
    const form = this.forms.get(value);
    if (!form) throw new Error("internal: a value is used before it is made");
    const name = this.made(form, value);
    this.names.set(value, name);
    return name;
  }

  /** A tensor of the value's elements in any shape, and that shape. */
  base(value: Value): { readonly name: string; readonly shape: Dims } {
    const form = this.forms.get(value);
    return form?.kind === "reshaped" ? form : { name: this.name(value), shape: value.shape };
  }

  /** A tensor that broadcasts to the value, and its shape. */
  narrow(value: Value): { readonly name: string; readonly shape: Dims } {
    const form = this.forms.get(value);
    return form?.kind === "broadcast" ? form : { name: this.name(value), shape: value.shape };
  }

  /** An image with its channels before its places. */
  channelsFirst(value: Value): string {
    const form = this.forms.get(value);
    if (form?.kind === "channelsFirst") return form.name;
    const name = this.graph.transpose(this.name(value), toFirst(value.shape.length));
    this.forms.set(value, { kind: "channelsFirst", name, shape: channelsFirst(value.shape) });
    return name;
  }

  /** `op` of values that are broadcast, in the form that they have in common. */
  pointwise(operands: readonly Value[], output: Value, op: (...names: string[]) => string): void {
    const first = this.asChannelsFirst(operands, output);
    if (first) {
      this.forms.set(output, {
        kind: "channelsFirst",
        name: op(...first),
        shape: channelsFirst(output.shape),
      });
      return;
    }
    const reshaped = this.asReshaped(operands, output);
    if (reshaped) {
      this.setForm(output, { kind: "reshaped", name: op(...reshaped.names), shape: reshaped.shape });
      return;
    }
    const narrow = operands.map((value) => this.narrow(value));
    const isWide = isSameShape(broadcastDims(narrow.map(({ shape }) => shape)), output.shape);
    if (isWide) this.set(output, op(...narrow.map(({ name }) => name)));
    else if (operands.length === 1) {
      // What is the same everywhere is computed once.
      const [{ name, shape }] = narrow as [{ name: string; shape: Dims }];
      this.setForm(output, { kind: "broadcast", name: op(name), shape });
    } else this.set(output, op(...operands.map((value) => this.name(value))));
  }

  /** A number as a tensor. */
  number(value: number, dtype: Dtype = "float32"): string {
    return this.graph.constant(scalarArray(value, dtype));
  }

  /** A value as elements of another dtype. */
  cast(value: Value, dtype: Dtype): string {
    return this.graph.cast(this.name(value), value.dtype, dtype);
  }

  /** The error for a launch that cannot be exported. */
  unsupported({ kernelName, source }: Node, reason: string, wayOut: string): UnsupportedExportError {
    return new UnsupportedExportError(this.caller, kernelName, { source, reason, wayOut });
  }

  private made({ kind, name, shape }: Form, value: Value): string {
    if (kind === "reshaped") return this.graph.reshape(name, shape, value.shape);
    if (kind === "channelsFirst") return this.graph.transpose(name, toLast(shape.length));
    // Sizes that the tensor has itself need not be known.
    const lead = value.shape.length - shape.length;
    const wanted = value.shape.map((dim, axis) =>
      axis >= lead && isSameDim(dim, shape[axis - lead]!) ? 1 : dim,
    );
    return this.graph.op("Expand", [name, this.graph.dims(wanted)]);
  }

  private asChannelsFirst(operands: readonly Value[], output: Value): string[] | undefined {
    const images = operands.filter((value) => this.forms.get(value)?.kind === "channelsFirst");
    const rank = output.shape.length;
    if (images.length === 0 || !images.some(({ shape }) => isSameShape(shape, output.shape)))
      return undefined;
    const names: string[] = [];
    for (const value of operands) {
      const form = this.forms.get(value);
      const narrow = this.narrowOf(value);
      if (form?.kind === "channelsFirst" && form.shape.length === rank) names.push(form.name);
      else if (narrow && isVector(narrow.shape, rank)) names.push(this.alongChannels(narrow, rank));
      else return undefined;
    }
    return names;
  }

  /** The tensor that broadcasts to a value, if it need not be made. */
  private narrowOf(value: Value): { readonly name: string; readonly shape: Dims } | undefined {
    const form = this.forms.get(value);
    if (form?.kind === "broadcast") return form;
    const name = this.names.get(value);
    return name === undefined ? undefined : { name, shape: value.shape };
  }

  private alongChannels({ name, shape }: { name: string; shape: Dims }, rank: number): string {
    const size = shape.at(-1) ?? 1;
    if (size === 1) return shape.length <= 1 ? name : this.graph.reshape(name, shape, []);
    return this.graph.reshape(name, shape, [size, ...Array.from({ length: rank - 2 }, () => 1)]);
  }

  private asReshaped(
    operands: readonly Value[],
    output: Value,
  ): { readonly names: string[]; readonly shape: Dims } | undefined {
    const wide = operands.find(
      (value) => this.forms.get(value)?.kind === "reshaped" && isSameShape(value.shape, output.shape),
    );
    const base = wide && this.forms.get(wide)!;
    if (!base || !this.isOnlyForm(wide)) return undefined;
    const last = output.shape.at(-1);
    const keepsLast = last !== undefined && base.shape.length > 0 && isSameDim(last, base.shape.at(-1)!);
    const names: string[] = [];
    for (const value of operands) {
      const form = this.forms.get(value);
      const narrow = this.narrowOf(value);
      if (
        form?.kind === "reshaped" &&
        isSameShape(form.shape, base.shape) &&
        isSameShape(value.shape, wide.shape)
      )
        names.push(form.name);
      else if (
        narrow &&
        isVector(narrow.shape, output.shape.length) &&
        (keepsLast || (narrow.shape.at(-1) ?? 1) === 1)
      )
        names.push(this.graph.reshape(narrow.name, narrow.shape, narrow.shape.slice(-1)));
      else return undefined;
    }
    return { names, shape: base.shape };
  }

  /** Whether the value was not made itself, so that its form is as good. */
  private isOnlyForm(value: Value): boolean {
    return !this.names.has(value);
  }
}

/** Whether all axes but the last have one place. */
function isVector(shape: Dims, rank: number): boolean {
  return shape.length <= rank && shape.slice(0, -1).every((dim) => dim === 1) && areStatic(shape);
}

/** @file Writes down the kernels that run while a function is traced. */
import { isAbstract, isConstantRegion, shapeRuleOf } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { UnsupportedKernelError, UntraceableError } from "./errors.ts";
import { isCopy } from "./copies.ts";
import type { Constant, Dtype, Elements, KernelNode, Value } from "./graph.ts";
import { modulePath } from "./module-path.ts";
import { isSameShape } from "./same-shape.ts";
import { STOP_GRADIENT } from "./special-kernels.ts";
import { currentSource, sourceOf } from "./source.ts";
import { activeTrace, TraceBackend } from "./trace-backend.ts";

/** A tensor from outside that the function uses; the copy keeps its values for as long as the function is compiled. */
export interface CapturedTensor {
  readonly value: Value;
  readonly tensor: tf.Tensor;
  /** What the function used: gradients around the trace know it, and not the copy. */
  readonly original: tf.Tensor | undefined;
}

/** So many launches know the lines of their calls: to record many thousand stacks takes longer than all else. */
const LOCATED = 1000;

/** And so many of each kernel on each dtype do: an error about a kernel is nearly always about the first. */
const LOCATED_OF_KERNEL = 1;

/** Tensors that take the places of those that a function closes over, by the data of these. */
export type StandIns = ReadonlyMap<tf.DataId, tf.Tensor>;

/** What one trace has recorded so far. */
export class Recorder {
  /** The name of the function. */
  readonly name: string;
  /** What traces it, for errors: `jit(step)`. */
  readonly caller: string;
  /** The one that was at work when this one began, if any: its tensors may be used here. */
  private readonly outer: Recorder | undefined;
  readonly backend: TraceBackend;
  readonly nodes: RecordedNode[] = [];
  readonly constants: Constant[] = [];
  /** Tensors that exist outside, by their data. */
  readonly captured = new Map<tf.DataId, CapturedTensor>();
  /** What a reader of the graph should know of how it came about. */
  readonly remarks = new Set<string>();
  /** How often each kernel was launched on each dtype. */
  private readonly launches = new Map<string, number>();
  private readonly makers = new Map<Value, LaunchSite>();
  /** What `noGradient` made, with what stands for it outside of it, once something takes it there. */
  private readonly constantInGradients = new Map<Value, Value | undefined>();
  private nextId = 0;

  /** How many launches know the lines of their calls. */
  private readonly located: number;
  private readonly standIns: StandIns;

  /**
   * @param located how many launches know the lines of their calls beside the first of each kernel; with 0 none do
   * @param standIns what stands in for tensors from outside
   */
  constructor(name: string, caller: string, located = LOCATED, standIns: StandIns = new Map()) {
    this.located = located;
    this.standIns = standIns;
    this.name = name;
    this.caller = caller;
    this.backend = new TraceBackend(this);
    this.outer = activeTrace();
  }

  /** A new value of the graph. */
  newValue(shape: readonly number[], dtype: tf.DataType): Value {
    return { id: this.nextId++, shape: [...shape], dtype: this.supported(dtype) };
  }

  /** A new value and the tensor that stands for it while the trace runs. */
  newTensor(shape: readonly number[], dtype: tf.DataType): tf.Tensor {
    const info = this.backend.make(this.newValue(shape, dtype));
    return tf.engine().makeTensorFromTensorInfo(info, this.backend);
  }

  /** Records a launch; answers what stands for its outputs. */
  launch(
    kernelName: string,
    inputs: tf.NamedTensorInfoMap,
    attrs: tf.NamedAttrMap,
  ): tf.TensorInfo | tf.TensorInfo[] {
    // Only kernels with a rule are registered.
    const specs = shapeRuleOf(kernelName)!(inputs, attrs);
    const values: Record<string, Value> = {};
    for (const name in inputs) {
      const input = inputs[name] as tf.TensorInfo | null | undefined;
      if (input) values[name] = this.valueOf(input);
    }
    const isSingle = "shape" in specs;
    const { x } = values;
    // What stops gradients has a value of its own.
    if (isSingle && x && isCopy(kernelName, x, specs) && !isConstantRegion()) return this.backend.make(x);
    const outputs = (isSingle ? [specs] : specs).map(({ shape, dtype }) => this.newValue(shape, dtype));
    this.add(kernelName, values, copyAttrs(attrs), outputs);
    const infos = outputs.map((value) => this.backend.make(value));
    return isSingle ? infos[0]! : infos;
  }

  /** Notes something that a reader of the graph should know; so do the traces around this one. */
  remark(text: string): void {
    this.remarks.add(text);
    this.outer?.remark(text);
  }

  /** Records elements that are the same in each call. */
  constant(elements: ArrayLike<number>, shape: readonly number[], dtype: tf.DataType): Value {
    const value = this.newValue(shape, dtype);
    this.constants.push({ value, elements: copyElements(elements, value.dtype) });
    return value;
  }

  /** The value that a tensor stands for; one from outside is captured. */
  valueOf(info: tf.TensorInfo): Value {
    const value = this.seenByGradients(this.backend.valueFor(info.dataId) ?? this.capture(info).value);
    if (isSameShape(value.shape, info.shape)) return value;
    const reshaped = this.newValue(info.shape, info.dtype);
    this.add(tf.Reshape, { x: value }, { shape: [...info.shape] }, [reshaped]);
    return reshaped;
  }

  /** Whether a tensor of this trace is a constant of zeros only. */
  isZero({ dataId }: tf.TensorInfo): boolean {
    const value = this.backend.valueFor(dataId);
    const constant = this.constants.find((other) => other.value === value);
    return constant ? Array.prototype.every.call(constant.elements, (element) => element === 0) : false;
  }

  /** The launch that gave a value; none for parameters and constants. */
  makerOf(value: Value): LaunchSite | undefined {
    return this.makers.get(value);
  }

  private add(
    kernelName: string,
    inputs: Readonly<Record<string, Value>>,
    attrs: tf.NamedAttrMap,
    outputs: readonly Value[],
  ): void {
    const site = new LaunchSite(kernelName, this.stackOf(kernelName, inputs));
    this.nodes.push(new RecordedNode(kernelName, inputs, attrs, outputs, site));
    for (const output of outputs) this.makers.set(output, site);
    if (!isConstantRegion()) return;
    for (const output of outputs)
      if (output.dtype === "float32") this.constantInGradients.set(output, undefined);
  }

  /** What stands for `value` where it is used: a tape would not have seen what `noGradient` made, but a graph shows it. */
  private seenByGradients(value: Value): Value {
    if (isConstantRegion() || !this.constantInGradients.has(value)) return value;
    let stopped = this.constantInGradients.get(value);
    if (!stopped) {
      stopped = this.newValue(value.shape, value.dtype);
      this.nodes.push(new RecordedNode(STOP_GRADIENT, { x: value }, {}, [stopped], this.makers.get(value)!));
      this.makers.set(stopped, this.makers.get(value)!);
      this.constantInGradients.set(value, stopped);
    }
    return stopped;
  }

  /** The stack of a launch, for the first launches and the first of each kernel. */
  private stackOf(kernelName: string, inputs: Readonly<Record<string, Value>>): Error | undefined {
    const { located, launches } = this;
    if (located === 0) return undefined;
    let kind = kernelName;
    for (const name in inputs) kind += inputs[name]!.dtype;
    const seen = launches.get(kind) ?? 0;
    launches.set(kind, seen + 1);
    return this.nodes.length < located || seen < LOCATED_OF_KERNEL ? new Error("launch") : undefined;
  }

  private capture(used: tf.TensorInfo): CapturedTensor {
    const info = this.standInFor(used.dataId) ?? used;
    const known = this.captured.get(info.dataId);
    if (known) return known;
    const engine = tf.engine();
    const holder = engine.state.tensorInfo.get(info.dataId);
    if (!holder || isAbstract(info as tf.Tensor)) throw this.captureError(info, holder !== undefined);
    const { shape, dtype, backend } = holder;
    if (backend instanceof TraceBackend && !this.isInside(backend.recorder))
      throw backend.escapeError(info.dataId);
    const value = this.newValue(shape, dtype);
    // A copy that shares the data, made without a launch of Identity, which would be recorded.
    backend.incRef(info.dataId);
    const copy = engine.makeTensorFromTensorInfo({ dataId: info.dataId, shape: [...shape], dtype }, backend);
    const original = info instanceof tf.Tensor ? info : undefined;
    const captured = { value, tensor: tf.keep(copy), original };
    this.captured.set(info.dataId, captured);
    return captured;
  }

  /** The nearest trace around a use says what a tensor is there. */
  private standInFor(dataId: tf.DataId): tf.Tensor | undefined {
    return this.standIns.get(dataId) ?? this.outer?.standInFor(dataId);
  }

  private isInside(other: Recorder): boolean {
    return this.outer !== undefined && (this.outer === other || this.outer.isInside(other));
  }

  private captureError({ shape }: tf.TensorInfo, isAlive: boolean): UntraceableError {
    const [what, wayOut] = isAlive
      ? ["without values, as evalShape makes them,", "Make it with values before."]
      : ["disposed of", "Dispose of it after the first call, which keeps a copy, or pass it as an argument."];
    return new UntraceableError(
      this.caller,
      currentSource(),
      `expected tensors with values, found one of shape [${shape.join(", ")}] ${what}{at}: the function closes over ` +
        `it. ${wayOut}`,
    );
  }

  private supported(dtype: tf.DataType): Dtype {
    if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
    throw new UnsupportedKernelError(`a ${dtype} tensor`, {
      caller: this.caller,
      source: sourceOf(new Error("source")),
      reason: "whose elements are not float32, int32 or bool",
      wayOut: `Compute with it outside of ${this.caller}.`,
    });
  }
}

/** A launch, with the place of the call. */
export class RecordedNode implements KernelNode {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly attrs: Readonly<tf.NamedAttrMap>;
  readonly outputs: readonly Value[];
  private site: LaunchSite | undefined;

  constructor(
    kernelName: string,
    inputs: Readonly<Record<string, Value>>,
    attrs: Readonly<tf.NamedAttrMap>,
    outputs: readonly Value[],
    site: LaunchSite,
  ) {
    this.kernelName = kernelName;
    this.inputs = inputs;
    this.attrs = attrs;
    this.outputs = outputs;
    this.site = site;
  }

  get source(): string | undefined {
    return this.site?.source;
  }

  get modulePath(): string | undefined {
    return this.site?.modulePath;
  }

  forgetSource(): void {
    this.site = undefined;
  }
}

/** Where a kernel was launched. */
class LaunchSite {
  readonly kernelName: string;
  readonly modulePath = modulePath();
  /** The stack of the launch, or what was read from it. */
  private stack: Error | string | undefined;

  constructor(kernelName: string, stack: Error | undefined) {
    this.kernelName = kernelName;
    this.stack = stack;
  }

  /** Read from the stack when somebody asks: most never do, and it takes longer than the launch. */
  get source(): string | undefined {
    if (this.stack instanceof Error) this.stack = sourceOf(this.stack);
    return this.stack;
  }
}

/** A copy, as far as arrays go: callers may write to an array that they gave as an attribute. */
function copyAttrs(attrs: tf.NamedAttrMap): tf.NamedAttrMap {
  const copy: Record<string, unknown> = {};
  for (const name in attrs) if (Object.hasOwn(attrs, name)) copy[name] = copyArrays(attrs[name]);
  return copy as tf.NamedAttrMap;
}

function copyArrays(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyArrays);
  return Object.getPrototypeOf(value) === Object.prototype ? copyAttrs(value as tf.NamedAttrMap) : value;
}

function copyElements(elements: ArrayLike<number>, dtype: Dtype): Elements {
  if (dtype === "float32") return Float32Array.from(elements);
  return dtype === "int32" ? Int32Array.from(elements) : Uint8Array.from(elements);
}

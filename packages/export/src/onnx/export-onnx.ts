/** @file `exportOnnx`: a function as a model that ONNX Runtime and others run. */
import { isPytree, RngState } from "@nnx-js/nn";
import { ExportArgumentError } from "../errors.ts";
import { argumentNames } from "../record/argument-names.ts";
import type { Recorded } from "../record/record.ts";
import { recordBatches } from "./batch.ts";
import { writeModel } from "./build/model.ts";
import { emit } from "./emit.ts";
import { fold, pruned } from "./fold.ts";
import { checkOptions, type ExportOnnxOptions } from "./options.ts";
import { GELU, SOFTPLUS } from "./patterns/activations.ts";
import { ATTENTION } from "./patterns/attention.ts";
import { batchNorm } from "./patterns/batch-norm.ts";
import { LAYER_NORM, RMS_NORM } from "./patterns/normalization.ts";
import { type Rewrite, rewritten } from "./patterns/pattern.ts";
import { BIAS, POOLING } from "./patterns/products.ts";
import type { SymbolicGraph } from "./symbolic/graph.ts";
import { unify } from "./symbolic/unify.ts";

/** A model whose weights are in a file of their own. */
export interface ExternalOnnx {
  /** The file itself. */
  readonly model: Uint8Array;
  /** The file beside it. */
  readonly data: Uint8Array;
  /** What the model calls that file: it must lie in the same folder under this name. */
  readonly location: string;
}

/** What can be exported: a function, or a Module, whose `forward` it is then. */
export type Exportable<Args extends unknown[]> =
  | ((...args: Args) => unknown)
  | {
      /** What is exported. */
      forward(...args: Args): unknown;
    };

/** Protobuf's limit. */
const LARGEST = 2 ** 31 - 1;

/**
 * The ONNX model of what `fn(...args)` computes, from inputs to results; nothing is computed but what is the same in each
 * call.
 *
 * ```ts
 * const evalModel = view(model, { deterministic: true, useRunningAverage: true });
 * const bytes = await exportOnnx(evalModel, [tf.zeros([1, 28, 28, 1])], { dynamicBatch: true });
 * ```
 *
 * Tensors in `args` that results need are inputs, named by the parameters of `fn` and the path in the argument (`x`, `batch.tokens`; that of
 * a Module `input`; minifiers change them, `names` does for certain);
 * `{ shape, dtype }` may stand for one. What Variables hold is written into the file under the path of its state
 * (`layers.0.kernel`); a Variable that `fn` sets, such as a cache of keys and values, is an input, at first what it
 * holds now, and an output with `.next` behind its name. Results are named `output`, or by their paths. Images keep
 * the order of axes that they have here, with channels last.
 *
 * @returns the bytes of the file; with `weights: "external"` two files
 * @throws UnsupportedExportError for an operation that ONNX has not, with the line that calls it, and for random numbers
 *   of a training view; ExportArgumentError for options that do not fit, and for code that depends on the size of the
 *   batch where that is open; and what `jit` throws for functions that cannot be recorded
 */
export function exportOnnx<Args extends unknown[]>(
  fn: Exportable<Args>,
  args: NoInfer<Args>,
  options: ExportOnnxOptions & { readonly weights: "external" },
): Promise<ExternalOnnx>;
export function exportOnnx<Args extends unknown[]>(
  fn: Exportable<Args>,
  args: NoInfer<Args>,
  options?: ExportOnnxOptions & { readonly weights?: "inline" | undefined },
): Promise<Uint8Array>;
export async function exportOnnx(
  fn: Exportable<never[]>,
  args: unknown[],
  options: ExportOnnxOptions = {},
): Promise<Uint8Array | ExternalOnnx> {
  const { opset } = checkOptions(options);
  const target = functionOf(fn, options.name);
  if (!Array.isArray(args)) {
    throw new ExportArgumentError(
      `exportOnnx: expected an array of arguments, found ${typeof args}. Write exportOnnx(fn, [x]).`,
    );
  }
  const caller = `exportOnnx(${target.name})`;
  const recordings = recordBatches(caller, target.call, args, options.dynamicBatch, {
    name: target.name,
    argumentNames: target.argumentNames(args.length),
    closure: { ...target.closure, ...options.closure },
  });
  try {
    const whole = unify(recordings);
    const keepsState = options.state !== "fixed";
    const writes = whole.writes.filter(({ variable }) => keepsState && !(variable instanceof RngState));
    if (whole.results.length + writes.length === 0) {
      throw new ExportArgumentError(
        `${caller}: expected a function that returns tensors, found none in its result.`,
      );
    }
    const recorded = { ...whole, writes };
    const { graph, known } = await fold(caller, recorded);
    const elements = new Map([...known].map(([value, { elements }]) => [value, elements]));
    const rewrites = rewritesFor(opset, options);
    const simple = pruned(
      rewritten(pruned(rewritten(graph, elements, rewrites)), elements, [batchNorm(known)]),
    );
    const { batch } = recordings;
    const emitted = emit(simple, known, {
      caller,
      opset,
      nameOf: renaming(caller, options.names, recordings.recorded[0]),
      batch: batch && { value: whole.parameters[batch.index]!.value, axis: batch.axis },
    });
    const parts = { ...emitted, name: target.name, metadata: options.metadata ?? {} };
    const location = options.weights === "external" ? (options.location ?? "weights.bin") : undefined;
    assertFits(caller, simple, emitted.graph.initializers, location);
    const { model, data } = writeModel(emitted.graph, parts, location);
    return location === undefined ? model : { model, data: data!, location };
  } finally {
    recordings.dispose();
  }
}

/** What is recorded, what its arguments are called, and the Modules that it closes over. */
function functionOf(fn: unknown, given: string | undefined) {
  type Fn = (...args: unknown[]) => unknown;
  if (typeof fn === "function") {
    return {
      call: fn as Fn,
      name: given ?? (fn.name || "anonymous"),
      argumentNames: (count: number) => argumentNames(fn as Fn, count),
      closure: {},
    };
  }
  const forward: unknown = isPytree(fn) ? (fn as { forward?: unknown }).forward : undefined;
  if (typeof forward !== "function") {
    throw new ExportArgumentError(
      `exportOnnx: expected a function, or a Module with a method forward, found ${fn === null ? "null" : typeof fn}. ` +
        `Write exportOnnx((x) => model.forward(x), [x]).`,
    );
  }
  const model = fn as { forward: Fn };
  return {
    call: (...args: unknown[]) => model.forward(...args),
    name: given ?? model.constructor.name,
    argumentNames: (count: number) => (count === 1 ? ["input"] : []),
    closure: model as unknown as Record<string, unknown>,
  };
}

function rewritesFor(opset: number, { attention }: ExportOnnxOptions): Rewrite[] {
  return [
    ...LAYER_NORM,
    ...(opset >= 23 ? [RMS_NORM] : []),
    ...(opset >= 20 ? GELU : []),
    SOFTPLUS,
    ...(attention === "operator" ? [ATTENTION] : []),
    ...BIAS,
    ...POOLING,
  ];
}

/** What inputs and outputs are called instead. */
function renaming(
  caller: string,
  names: Readonly<Record<string, string>> = {},
  { parameters, results, writes }: Recorded,
): (name: string) => string {
  const known = new Set([
    ...parameters.map(({ name }) => name),
    ...results.map(({ name }) => name),
    ...writes.map(({ name }) => `${name}.next`),
  ]);
  for (const name of Object.keys(names)) {
    if (known.has(name)) continue;
    const inputs = parameters.flatMap(({ role, name }) => (role === "input" ? name : []));
    throw new ExportArgumentError(
      `${caller}: expected names of inputs (${inputs.join(", ")}) or outputs ` +
        `(${results.map(({ name }) => name).join(", ")}) in names, found "${name}".`,
    );
  }
  const renamed = (name: string) => names[name] ?? name;
  const ofPorts = new Map<string, string>();
  for (const name of known) {
    const chosen = renamed(name);
    const other = ofPorts.get(chosen);
    // What has no name of the caller's choice may be told apart by a number.
    if (other !== undefined && (Object.hasOwn(names, name) || Object.hasOwn(names, other))) {
      throw new ExportArgumentError(
        `${caller}: expected a name of its own for each input and output, found "${chosen}" for ${other} and ${name}.`,
      );
    }
    ofPorts.set(chosen, name);
  }
  return renamed;
}

function assertFits(
  caller: string,
  { name }: SymbolicGraph,
  initializers: ReadonlyMap<string, { readonly elements: ArrayBufferView }>,
  location: string | undefined,
): void {
  const bytes = [...initializers.values()].reduce((sum, { elements }) => sum + elements.byteLength, 0);
  if (location !== undefined || bytes < LARGEST) return;
  throw new ExportArgumentError(
    `${caller}: expected weights of less than 2 GB in one file, found ${(bytes / 1e9).toFixed(1)} GB in ${name}. ` +
      `Keep them apart: { weights: "external" }.`,
  );
}

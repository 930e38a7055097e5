/** @file `quantize`: a model for inference whose kernels are 8-bit integers. */
import { full, int8Words, packInt8 } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
import { type Filter, toPredicate } from "../graph/filters.ts";
import { iterGraph } from "../graph/iterate.ts";
import { formatPath, isPytree, isVariable, type Path } from "../graph/kinds.ts";
import { recursiveMap } from "../graph/recursive-map.ts";
import { SpectralNorm } from "../layers/spectral-norm.ts";
import { WeightNorm } from "../layers/weight-norm.ts";
import { evalShape } from "../transforms/eval-shape.ts";
import { QuantizedParam, QuantizedScale } from "../variable/types.ts";
import type { Variable } from "../variable/variable.ts";
import { Int8Kernel } from "./int8-kernel.ts";
import { type LayerKernel, layerKernelOf } from "./layer-kernels.ts";
import { QuantizationReport, type QuantizedKernel } from "./report.ts";
import { rounded } from "./round.ts";

/** Options of {@link quantize}. */
export interface QuantizeOptions {
  /** Which layers; the others keep their kernels. Paths are those of layers. Default all. */
  filter?: Filter | undefined;
}

/** A quantised model, and what that cost. */
export interface Quantized<M> {
  readonly model: M;
  readonly report: QuantizationReport;
}

/**
 * A copy of `model` for inference: its kernels are 8-bit integers with a float32 scale for each output, a quarter of
 * the memory, and everything else is shared with the original, as in a view. The original stays as it is.
 *
 * Quantised are the kernels of Linear, LinearGeneral (so those of MultiHeadAttention), Einsum, Conv, ConvTranspose and
 * the table of Embed, subclasses and the cells that are made of them included; an {@link Int8Kernel} stands in their
 * place. Weights inside of WeightNorm and SpectralNorm, and kernels that would not become half as large, stay. A scale
 * is the largest magnitude of the weights of one output over 127, integers are rounded to even; activations stay
 * float32. The values are read once, here, and never by the model.
 *
 * ```ts
 * const { model: small, report } = await quantize(model, { filter: Not(PathContains("head")) });
 * console.log(report); // the relative error of each kernel
 * ```
 *
 * What is quantised cannot be trained: a gradient with respect to its `Param`s is an error. Adapters can, by a filter:
 * `new DiffState(0, LoRAParam)`. Of a model of `evalShape`, the result is one too, to load a quantised model into.
 *
 * @throws InvalidArgumentError when no layer is selected, or a weight is not finite
 */
export async function quantize<M extends object>(
  model: M,
  { filter = true }: QuantizeOptions = {},
): Promise<Quantized<M>> {
  if (!isPytree(model)) {
    throw new InvalidArgumentError(
      `quantize: expected a model, got ${model === null ? "null" : typeof model}. Write await quantize(model).`,
    );
  }
  const targets = targetsIn(model, toPredicate(filter));
  if (targets.length === 0) {
    throw new InvalidArgumentError(
      "quantize: expected a layer with a kernel of 8 columns or more, found none that the filter selects. " +
        'Filters see layers, not Variables: { filter: Linear }, or Not(PathContains("head")).',
    );
  }
  const made = new Map<string, Made>();
  const kernels = new Map<Variable, Map<string, Int8Kernel>>();
  try {
    for (const { path, variable, form } of targets) {
      const known = kernels.get(variable) ?? new Map<string, Int8Kernel>();
      kernels.set(variable, known);
      // One that several layers share is made once, unless they differ in what its outputs are.
      if (known.has(form.key)) continue;
      const one = await quantized(path, variable, form);
      made.set(formatPath(path), one);
      known.set(form.key, one.kernel);
    }
    return { model: replaced(model, targets, kernels), report: reportOf([...made.values()]) };
  } catch (error) {
    for (const { kernel } of made.values()) kernel.dispose();
    throw error;
  }
}

/** How a kernel is divided; equal keys are divided alike. */
interface Form {
  readonly key: string;
  readonly columns: number;
  readonly scaleShape: readonly number[];
}

interface Target {
  readonly path: Path;
  readonly layer: object;
  readonly name: LayerKernel["name"];
  readonly variable: Variable;
  readonly form: Form;
}

function targetsIn(model: object, selects: (path: Path, value: unknown) => boolean): Target[] {
  const parts = [...iterGraph(model)];
  const wrapped = parts.flatMap(([path, part]) =>
    part instanceof WeightNorm || part instanceof SpectralNorm ? [path] : [],
  );
  return parts.flatMap(([path, layer]): Target[] => {
    const kernel = layerKernelOf(layer);
    if (!kernel || !selects(path, layer) || wrapped.some((above) => isBelow(path, above))) return [];
    const variable: unknown = Reflect.get(layer as object, kernel.name);
    if (!isVariable(variable) || variable.dtype !== "float32") return [];
    const form = formOf(variable.shape, kernel);
    const rows = variable.size / form.columns;
    const bytes = 4 * (rows * int8Words(form.columns) + tf.util.sizeFromShape([...form.scaleShape]));
    if (!(bytes <= 2 * variable.size)) return [];
    return [{ path: [...path, kernel.name], layer: layer as object, name: kernel.name, variable, form }];
  });
}

function isBelow(path: Path, above: Path): boolean {
  return above.length < path.length && above.every((key, i) => path[i] === key);
}

function formOf(shape: readonly number[], { columnAxes, hasScales }: LayerKernel): Form {
  const rank = shape.length;
  const scaleShape = shape.map((size, axis) => (hasScales(axis, rank) ? size : 1));
  const columns = tf.util.sizeFromShape(shape.slice(rank - columnAxes));
  return { key: `${columns}:${scaleShape.join()}`, columns, scaleShape };
}

interface Made {
  readonly kernel: Int8Kernel;
  readonly entry: QuantizedKernel;
  readonly squares: number;
  readonly errors: number;
}

async function quantized(path: Path, variable: Variable, { columns, scaleShape }: Form): Promise<Made> {
  const { shape, size, metadata } = variable;
  const wordShape: [number, number] = [size / columns, int8Words(columns)];
  const scaleCount = tf.util.sizeFromShape([...scaleShape]);
  const entryOf = (relativeError: number) => ({
    path,
    shape: [...shape],
    relativeError,
    bytes: 4 * (wordShape[0] * wordShape[1] + scaleCount),
    floatBytes: 4 * size,
  });
  const kernelOf = (words: tf.Tensor, scale: tf.Tensor) =>
    new Int8Kernel(shape, columns, new QuantizedParam(words, metadata), new QuantizedScale(scale));
  if (variable.isAbstract) {
    const kernel = evalShape(() => kernelOf(full(wordShape, 0, "int32"), full([...scaleShape], 0)));
    return { kernel, entry: entryOf(NaN), squares: NaN, errors: NaN };
  }
  const numbers = await variable.value.data();
  if (!numbers.every(Number.isFinite)) {
    throw new InvalidArgumentError(
      `quantize: expected finite weights, found NaN or an infinity in ${formatPath(path)}. ` +
        `Quantise a model that has learnt, or leave the layer out by a filter.`,
    );
  }
  const scaleOf = placesOf(shape, scaleShape);
  const { integers, scales, squares, errors } = rounded(numbers, scaleCount, (place) => scaleOf[place]!);
  const kernel = kernelOf(
    tf.tensor(packInt8(integers, columns), wordShape, "int32"),
    tf.tensor(scales, [...scaleShape]),
  );
  return { kernel, entry: entryOf(relative(errors, squares)), squares, errors };
}

/** For each element of `shape`, which one of `scaleShape` belongs to it. */
function placesOf(shape: readonly number[], scaleShape: readonly number[]): Uint32Array {
  let places = Uint32Array.of(0);
  let scales = 1;
  let size = 1;
  // From the last axis on, each further one repeats what is there.
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const step = scaleShape[axis] === 1 ? 0 : scales;
    const wider = new Uint32Array(size * shape[axis]!);
    for (let i = 0; i < wider.length; i++) wider[i] = places[i % size]! + Math.floor(i / size) * step;
    places = wider;
    size = wider.length;
    scales *= scaleShape[axis]!;
  }
  return places;
}

function relative(errors: number, squares: number): number {
  return errors === 0 ? 0 : Math.sqrt(errors / squares);
}

function reportOf(made: readonly Made[]): QuantizationReport {
  const sum = (of: (one: Made) => number) => made.reduce((total, one) => total + of(one), 0);
  const error = relative(
    sum(({ errors }) => errors),
    sum(({ squares }) => squares),
  );
  return new QuantizationReport(
    made.map(({ entry }) => entry),
    error,
  );
}

/** The copy, in which quantised kernels stand where Variables were. */
function replaced<M extends object>(
  model: M,
  targets: readonly Target[],
  kernels: ReadonlyMap<Variable, ReadonlyMap<string, Int8Kernel>>,
): M {
  const places = new Map(targets.map((target) => [formatPath(target.path), target]));
  return recursiveMap((path, node) => {
    const kernel = layerKernelOf(node);
    const target = kernel && places.get(formatPath([...path, kernel.name]));
    if (target) Reflect.set(node as object, target.name, kernels.get(target.variable)!.get(target.form.key));
    return node;
  }, model);
}

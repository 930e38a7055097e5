/** @file Weight normalisation. */
import * as tf from "@tensorflow/tfjs-core";
import { MissingArgumentError } from "../errors.ts";
import { type Filter, PathContains, toPredicate } from "../graph/filters.ts";
import { state } from "../graph/functions.ts";
import { iterModules, iterVariables } from "../graph/iterate.ts";
import type { Path } from "../graph/kinds.ts";
import { ones } from "../initializers/constant.ts";
import type { Initializer } from "../initializers/initializer.ts";
import { type ViewArgs, viewOptions } from "../modes/view-options.ts";
import { Module } from "../module/module.ts";
import { Rngs } from "../random/rngs.ts";
import { Param } from "../variable/types.ts";
import type { Variable } from "../variable/variable.ts";
import { asAxes, type Axes, axesOf, otherAxes } from "./axes.ts";
import { givenOptions } from "./options.ts";
import { assertDtypes, type DtypeOptions, promoted, type PromoteDtype } from "./promote-dtype.ts";
import {
  callWithWeights,
  l2Normalize,
  plant,
  pluck,
  type VariableTree,
  type WrappedModule,
} from "./wrapped-weights.ts";

/** Options of {@link WeightNorm}. */
export interface WeightNormOptions extends DtypeOptions {
  rngs: Rngs;
  /** The axes of a weight that keep a norm, and a scale, of their own; null: none. Default -1. */
  featureAxes?: Axes | null | undefined;
  /** Whether to multiply by a scale. Default true. */
  useScale?: boolean | undefined;
  /** Default ones. It is given the key of the stream `params` itself: none is drawn. */
  scaleInit?: Initializer | undefined;
  /** Added to the squared norm. Default 1e-12. */
  epsilon?: number | undefined;
  /** Which of the layer's Params are normalised. Default `PathContains("kernel")`. */
  variableFilter?: Filter | undefined;
}

/**
 * Normalises the weights of a layer to the Euclidean length 1 along all axes but `featureAxes`, times a scale, and
 * calls it: `weight = weight / sqrt(sum(weight²) + epsilon) * scale`. Inputs and outputs are the layer's.
 *
 * Each call writes the normalised weights into the layer's own Params, as in Flax, and gradients are those of the
 * weights before. Nothing is written in an evaluation view, nor into weights that are frozen (Flax writes there too).
 * The scales, at `scales.<path>`, are Params (Flax's are never trained). No key is drawn.
 *
 * ```ts
 * const layer = new WeightNorm(new Linear(2, 3, { rngs }), { rngs });
 * ```
 *
 * @see flax.nnx.WeightNorm; Salimans and Kingma, 2016, https://arxiv.org/abs/1602.07868
 */
export class WeightNorm<M extends WrappedModule = WrappedModule> extends Module {
  static override readonly name: string = "WeightNorm";
  static readonly viewOptions = viewOptions({
    useRunningAverage: {
      type: "boolean",
      default: false,
      description: "if true, calls compute with normalised weights and write none.",
    },
  });

  readonly layerInstance: M;
  readonly featureAxes: readonly number[];
  readonly useScale: boolean;
  readonly epsilon: number;
  readonly variableFilter: Filter;
  declare readonly promoteDtype?: PromoteDtype;
  /** Whether calls leave the layer's weights as they are. */
  useRunningAverage = false;
  readonly scales: VariableTree | undefined;

  constructor(layerInstance: M, options: WeightNormOptions) {
    super();
    const {
      rngs,
      featureAxes = -1,
      useScale = true,
      scaleInit = ones,
      epsilon = 1e-12,
      variableFilter = PathContains("kernel"),
      promoteDtype,
    } = givenOptions(options);
    assertDtypes(givenOptions(options), this);
    if (!(rngs instanceof Rngs)) {
      throw new MissingArgumentError(
        "needs random streams for its scales. Write { rngs: new Rngs(0) }.",
        this,
      );
    }
    this.layerInstance = layerInstance;
    this.featureAxes = featureAxes === null ? [] : asAxes(featureAxes, "featureAxes", this);
    this.useScale = useScale;
    this.epsilon = epsilon;
    this.variableFilter = variableFilter;
    if (promoteDtype) this.promoteDtype = promoteDtype;
    if (useScale) {
      this.scales = {};
      const key = rngs.stream("params").key.value;
      for (const [path, { shape }] of weightsOf(this)) {
        const scaleShape = axesOf(this.featureAxes, shape, "featureAxes", this).map((axis) => shape[axis]!);
        plant(this.scales, path, new Param(tf.tidy(() => scaleInit(key, scaleShape))));
      }
    }
  }

  /** Calls the layer with its normalised kernels; arguments and result are the layer's. */
  forward(...args: Parameters<M["forward"]>): ReturnType<M["forward"]> {
    const weights = weightsOf(this).map(
      ([path, weight]) => [weight, normalized(this, path, weight)] as const,
    );
    // The layer's own signature, which M stands for.
    return callWithWeights(
      weights,
      !this.useRunningAverage,
      () => this.layerInstance.forward(...args) as ReturnType<M["forward"]>,
    );
  }

  /** Sets the mode; `undefined` leaves it as it is. */
  setView({ useRunningAverage }: ViewArgs<typeof WeightNorm.viewOptions>): void {
    if (useRunningAverage !== undefined) this.useRunningAverage = useRunningAverage;
  }
}

function normalized(layer: WeightNorm, path: Path, weight: Param): tf.Tensor {
  const scale = layer.scales && pluck(layer.scales, path, layer).value;
  const [value, factor] = promoted(layer, [weight.value, scale]);
  const features = axesOf(layer.featureAxes, value.shape, "featureAxes", layer);
  const unit = l2Normalize(value, layer.epsilon, otherAxes(features, value.rank));
  if (!factor) return unit;
  const shape = value.shape.map((size, axis) => (features.includes(axis) ? size : 1));
  return tf.mul(unit, tf.reshape(factor, shape));
}

function weightsOf({ layerInstance, variableFilter }: WeightNorm): [Path, Param][] {
  const selects = toPredicate(variableFilter);
  // A State of Params holds nothing else.
  const params = [...state(layerInstance, Param)] as [Path, Param][];
  const scales = scalesIn(layerInstance);
  return params.filter(([path, param]) => !scales.has(param) && selects(path, param));
}

/** The scales of WeightNorms inside: these are no weights. */
function scalesIn(layer: Module): ReadonlySet<Variable> {
  const inner = [...iterModules(layer)].map(([, module]) => module).filter((m) => m instanceof WeightNorm);
  return new Set(inner.flatMap(({ scales }) => iterVariables(scales).map(([, variable]) => variable)));
}

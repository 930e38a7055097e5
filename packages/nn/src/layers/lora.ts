/** @file Low-rank adapters. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
import { zeros } from "../initializers/constant.ts";
import type { Initializer } from "../initializers/initializer.ts";
import { heUniform } from "../initializers/variance-scaling.ts";
import { Module } from "../module/module.ts";
import type { Rngs } from "../random/rngs.ts";
import { LoRAParam } from "../variable/types.ts";
import type { Variable, VariableMetadata } from "../variable/variable.ts";
import { assertAxis, assertSize } from "./checks.ts";
import { Linear, type LinearOptions } from "./linear.ts";
import { callModule, type ForwardOptions, givenOptions, type TensorModule } from "./options.ts";
import { initialize } from "./params.ts";
import {
  assertDtypes,
  type DtypeOptions,
  type FloatDtype,
  promoted,
  type PromoteDtype,
} from "./promote-dtype.ts";

/** What {@link LoRA} and {@link LoRALinear} make their matrices with. */
interface AdapterOptions {
  rngs: Rngs;
  /** What `loraA` begins as. Default `heUniform()`. */
  aInitializer?: Initializer | undefined;
  /** What `loraB` begins as. Default zeros: the adapter changes nothing at first. */
  bInitializer?: Initializer | undefined;
  /** The class of the adapter's Variables. Default `LoRAParam`, a kind of `Param`. */
  loraParamType?: (new (value: tf.Tensor, metadata?: VariableMetadata) => Variable) | undefined;
  /** Metadata of the Variable `loraA`. Default none. */
  aMetadata?: VariableMetadata | undefined;
  /** Metadata of the Variable `loraB`. Default none. */
  bMetadata?: VariableMetadata | undefined;
}

/** Options of {@link LoRA}. */
export interface LoRAOptions<M extends TensorModule | undefined = TensorModule | undefined>
  extends AdapterOptions, DtypeOptions {
  /** The module whose output is added. Default none. */
  baseModule?: M | undefined;
}

/**
 * A low-rank adapter: `y = x @ loraA @ loraB + baseModule(x)`, `[..., inFeatures] → [..., outFeatures]`.
 *
 * `loraA` has shape `[inFeatures, loraRank]`, `loraB` `[loraRank, outFeatures]`; both are `LoRAParam`s. Draws two
 * keys of the stream `params`: a, b. Put around every Linear of a model, it leaves the model's own Variables shared:
 *
 * ```ts
 * const adapted = recursiveMap(
 *   (_path, node) =>
 *     node instanceof Linear
 *       ? new LoRA(node.inFeatures, 4, node.outFeatures, { baseModule: node, rngs })
 *       : node,
 *   model,
 * );
 * const optimizer = new Optimizer(adapted, adam(1e-3), { wrt: LoRAParam });
 * ```
 *
 * @see flax.nnx.LoRA; Hu et al., 2021, https://arxiv.org/abs/2106.09685
 */
export class LoRA<M extends TensorModule | undefined = TensorModule | undefined> extends Module {
  static override readonly name: string = "LoRA";
  readonly inFeatures: number;
  readonly loraRank: number;
  readonly outFeatures: number;
  declare readonly promoteDtype?: PromoteDtype;
  readonly baseModule: M | undefined;
  loraA: Variable;
  loraB: Variable;

  /** @throws InvalidArgumentError when `baseModule` has no `forward` */
  constructor(inFeatures: number, loraRank: number, outFeatures: number, options: LoRAOptions<M>) {
    super();
    const {
      rngs,
      baseModule,
      aInitializer = heUniform(),
      bInitializer = zeros,
      loraParamType: LoRAParamType = LoRAParam,
      aMetadata,
      bMetadata,
      promoteDtype,
    } = givenOptions(options);
    assertSize(inFeatures, "inFeatures", this);
    assertSize(loraRank, "loraRank", this);
    assertSize(outFeatures, "outFeatures", this);
    assertDtypes(givenOptions(options), this);
    if (baseModule !== undefined && typeof baseModule.forward !== "function") {
      throw new InvalidArgumentError(
        "expected a Module with forward for baseModule. Write { baseModule: new Linear(…) }, or leave it out.",
        this,
      );
    }
    this.inFeatures = inFeatures;
    this.loraRank = loraRank;
    this.outFeatures = outFeatures;
    if (promoteDtype) this.promoteDtype = promoteDtype;
    this.baseModule = baseModule;
    this.loraA = new LoRAParamType(initialize(aInitializer, [inFeatures, loraRank], rngs, this), aMetadata);
    this.loraB = new LoRAParamType(initialize(bInitializer, [loraRank, outFeatures], rngs, this), bMetadata);
  }

  /** Options are handed to `baseModule`. @throws ShapeMismatchError for an input that is not `[..., inFeatures]` */
  forward(x: tf.Tensor, options?: ForwardOptions): tf.Tensor {
    assertAxis(x, -1, this.inFeatures, "inFeatures", this);
    const [input, a, b] = promoted(this, [x, this.loraA.value, this.loraB.value]);
    const rows = tf.matMul(tf.matMul(tf.reshape(input, [-1, this.inFeatures]), a), b);
    const y = tf.reshape(rows, [...x.shape.slice(0, -1), this.outFeatures]);
    if (!this.baseModule) return y;
    return tf.add(y, callModule(this.baseModule, input, options));
  }
}

/** Options of {@link LoRALinear}: those of Linear, and those of its adapter. */
export interface LoRALinearOptions extends LinearOptions, AdapterOptions {
  /** The rank of the adapter. */
  loraRank: number;
  /** A module whose output is added to the adapter's. Default none. */
  loraBaseModule?: TensorModule | undefined;
  /** As `dtype`, for the adapter. */
  loraDtype?: FloatDtype | undefined;
  /** As `paramDtype`, for the adapter. */
  loraParamDtype?: FloatDtype | undefined;
  /** As `promoteDtype`, for the adapter. */
  loraPromoteDtype?: PromoteDtype | undefined;
}

/**
 * A Linear with a low-rank adapter, `lora`: `y = x @ kernel + bias + x @ loraA @ loraB`. Its own parameters have the
 * paths of a Linear's. Draws four keys of the stream `params`: kernel, bias, a, b.
 *
 * @see flax.nnx.LoRALinear
 */
export class LoRALinear extends Linear {
  static override readonly name: string = "LoRALinear";
  readonly lora: LoRA;

  constructor(inFeatures: number, outFeatures: number, options: LoRALinearOptions) {
    super(inFeatures, outFeatures, options);
    const { loraRank, loraBaseModule, loraDtype, loraParamDtype, loraPromoteDtype, ...given } = options;
    this.lora = new LoRA(inFeatures, loraRank, outFeatures, {
      ...given,
      baseModule: loraBaseModule,
      dtype: loraDtype,
      paramDtype: loraParamDtype,
      promoteDtype: loraPromoteDtype,
    });
  }

  override forward(x: tf.Tensor, options?: ForwardOptions): tf.Tensor {
    return tf.add(super.forward(x), this.lora.forward(x, options));
  }
}

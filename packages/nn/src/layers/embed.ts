/** @file The embedding table. */
import { broadcastTo, full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { DtypeError } from "../errors.ts";
import type { Initializer } from "../initializers/initializer.ts";
import { varianceScaling } from "../initializers/variance-scaling.ts";
import { Module } from "../module/module.ts";
import type { Rngs } from "../random/rngs.ts";
import type { Param } from "../variable/types.ts";
import type { VariableMetadata } from "../variable/variable.ts";
import { assertAxis, assertSize, assertTensor } from "./checks.ts";
import { type ForwardOptions, givenOptions } from "./options.ts";
import { packedOf } from "./packed.ts";
import { makeParam } from "./params.ts";
import { assertDtypes, type DtypeOptions, promoted, type PromoteDtype } from "./promote-dtype.ts";

/** Options of {@link Embed}. */
export interface EmbedOptions extends DtypeOptions {
  rngs: Rngs;
  /** Default `varianceScaling(1, "fanIn", "normal", { outAxis: 0 })`: normal of variance `1 / features`. */
  embeddingInit?: Initializer | undefined;
  /** Metadata of the table's Variable. Default none. */
  embeddingMetadata?: VariableMetadata | undefined;
}

/**
 * A table of one vector an index: int32 `[...] → [..., features]`.
 *
 * `embedding` has shape `[numEmbeddings, features]`. Negative indices count from the end; an index out of range gives
 * NaNs, and no gradient; a table of one vector gives it whatever the index. Draws one key of the stream `params`.
 *
 * @see flax.nnx.Embed
 */
export class Embed extends Module {
  static override readonly name: string = "Embed";
  readonly numEmbeddings: number;
  readonly features: number;
  declare readonly promoteDtype?: PromoteDtype;
  embedding: Param;

  constructor(numEmbeddings: number, features: number, options: EmbedOptions) {
    super();
    const {
      rngs,
      embeddingInit = varianceScaling(1, "fanIn", "normal", { outAxis: 0 }),
      embeddingMetadata,
      promoteDtype,
    } = givenOptions(options);
    assertSize(numEmbeddings, "numEmbeddings", this);
    assertSize(features, "features", this);
    assertDtypes(givenOptions(options), this);
    this.numEmbeddings = numEmbeddings;
    this.features = features;
    if (promoteDtype) this.promoteDtype = promoteDtype;
    this.embedding = makeParam(embeddingInit, [numEmbeddings, features], rngs, this, embeddingMetadata);
  }

  /** @throws DtypeError for indices that are not int32 */
  forward(indices: tf.Tensor, _options?: ForwardOptions): tf.Tensor {
    assertTensor(indices, this);
    if (indices.dtype !== "int32") {
      throw new DtypeError(
        `Input type must be an integer: expected int32 indices, got ${indices.dtype} of shape ` +
          `[${indices.shape.join(", ")}]. Convert them: tf.cast(indices, "int32").`,
        this,
      );
    }
    const isOne = this.numEmbeddings === 1;
    const packed = isOne ? undefined : packedOf(this.embedding, this);
    const [table] = promoted(this, [packed ? undefined : this.embedding.value]);
    const shape = [...indices.shape, this.features];
    if (isOne) return broadcastTo(tf.reshape(table!, [this.features]), shape);
    const zero = tf.scalar(0, "int32");
    const count = tf.scalar(this.numEmbeddings, "int32");
    const last = tf.scalar(this.numEmbeddings - 1, "int32");
    // Nothing is read back to look for indices out of range: they take some row, which is then replaced.
    const wrapped = tf.where(tf.less(indices, zero), tf.add(indices, count), indices);
    const nearest = tf.minimum(tf.maximum(wrapped, zero), last);
    const rows = packed ? packed.gather(nearest) : tf.gather(table!, nearest);
    const isInside = tf.reshape(tf.equal(wrapped, nearest), [...indices.shape, 1]);
    return tf.where(broadcastTo(isInside, shape), rows, full(shape, NaN));
  }

  /**
   * Scores of each vector of the table for `query`, by inner products: `[..., features] → [..., numEmbeddings]`. With
   * the table of the input tokens this is the output layer of a language model with tied weights.
   *
   * @throws ShapeMismatchError for a query that is not `[..., features]`
   */
  attend(query: tf.Tensor): tf.Tensor {
    assertAxis(query, -1, this.features, "features", this);
    const [input, table] = promoted(this, [query, this.embedding.value]);
    const scores = tf.matMul(tf.reshape(input, [-1, this.features]), table, false, true);
    return tf.reshape(scores, [...query.shape.slice(0, -1), this.numEmbeddings]);
  }
}

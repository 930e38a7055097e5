/** @file Making, checking and choosing what cells carry. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, MissingArgumentError } from "../../errors.ts";
import { zerosInit } from "../../initializers/constant.ts";
import type { Initializer } from "../../initializers/initializer.ts";
import { RngStream } from "../../random/rng-stream.ts";
import { streamOf } from "../../random/rngs.ts";
import { mapLeaves } from "../../graph/map-leaves.ts";
import type { CarryOptions } from "./cell.ts";

/** What a cell tells about its carry. */
interface CellWithCarry {
  readonly hiddenFeatures: number;
  readonly carryInit: Initializer | undefined;
}

/** A tensor `[...batch, hiddenFeatures]` for the input shape `[...batch, features]`, made with the next key. */
export function drawCarry(
  cell: CellWithCarry,
  inputShape: readonly number[],
  { rngs, carryInit }: CarryOptions,
): tf.Tensor {
  const stream = streamOf(rngs, "carry");
  if (!(stream instanceof RngStream)) {
    throw new MissingArgumentError(
      "RNGs must be provided to initialize the cell carry. Write cell.initializeCarry(x.shape, { rngs: new Rngs(0) }).",
      cell,
    );
  }
  const init = carryInit ?? cell.carryInit ?? zerosInit();
  const shape = [...inputShape.slice(0, -1), cell.hiddenFeatures];
  return tf.tidy(() => init(stream.next(), shape));
}

/** Checks that a carry is one tensor. */
export function assertTensorCarry(carry: unknown, cell: object): void {
  if (carry instanceof tf.Tensor) return;
  throw new InvalidArgumentError(
    "expected a tensor for the carry, as cell.initializeCarry(x.shape, { rngs }) gives it; the input comes second.",
    cell,
  );
}

/** Checks that a carry is `[c, h]`. */
export function assertPairCarry(carry: unknown, cell: object): void {
  if (Array.isArray(carry) && carry.length === 2 && carry.every((part) => part instanceof tf.Tensor)) return;
  throw new InvalidArgumentError(
    "expected two tensors [c, h] for the carry, as cell.initializeCarry(x.shape, { rngs }) gives them; the input comes second.",
    cell,
  );
}

/**
 * `next` where `chosen` is true, else `previous`, for each tensor of two carries alike.
 *
 * @param chosen bool, of the shape of the batch, with which every tensor of a carry begins
 */
export function chooseCarry<C>(chosen: tf.Tensor, next: C, previous: C): C {
  const before: tf.Tensor[] = [];
  mapLeaves(previous, (leaf) => before.push(leaf as tf.Tensor));
  // Mapping tensors to tensors keeps the type.
  return mapLeaves(next, (leaf) => {
    const tensor = leaf as tf.Tensor;
    const aligned = tf.reshape(chosen, [...chosen.shape, ...tensor.shape.slice(chosen.rank).map(() => 1)]);
    return tf.where(aligned, tensor, before.shift()!);
  }) as C;
}

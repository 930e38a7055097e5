/** @file The types of optimisers that are chains. */
import type { ChainState } from "../combine.ts";
import type { DecayState } from "../transform/add-decayed-weights.ts";
import type { RateState } from "../transform/scale-by-learning-rate.ts";
import type { GradientTransformation } from "../transformation.ts";
import type { Tree } from "../tree.ts";

/** A direction of state `S`, then the learning rate. */
export type Rated<S extends Tree> = GradientTransformation<ChainState<[S, RateState]>>;

/** A direction of state `S`, then weight decay, then the learning rate. */
export type Decayed<S extends Tree> = GradientTransformation<ChainState<[S, DecayState, RateState]>>;

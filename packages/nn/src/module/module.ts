/** @file The base class of layers and models. */
import { MODULE } from "../graph/kinds.ts";
import { atBoundary } from "./boundary.ts";
import { Pytree } from "./pytree.ts";

type Method = (this: Module, ...args: unknown[]) => unknown;

/** The `forward` methods that already have a boundary around them. */
const bounded = new WeakSet();

/**
 * The base class of layers and models: a plain class whose properties are its parameters, its sub-modules and its
 * settings.
 *
 * ```ts
 * class Block extends Module {
 *   readonly linear: Linear;
 *   readonly norm: BatchNorm;
 *   constructor(features: number, { rngs }: { rngs: Rngs }) {
 *     super();
 *     this.linear = new Linear(features, features, { rngs });
 *     this.norm = new BatchNorm(features, { rngs });
 *   }
 *   forward(x: tf.Tensor): tf.Tensor {
 *     return relu(this.norm.forward(this.linear.forward(x)));
 *   }
 * }
 * ```
 *
 * A call of `forward` that throws leaves every Variable as it was, and errors of layers name their path below the
 * model whose `forward` was called.
 *
 * @see flax.nnx.Module
 */
export class Module extends Pytree {
  declare readonly [MODULE]: true;

  static {
    Object.defineProperty(Module.prototype, MODULE, { value: true });
  }

  constructor() {
    super();
    boundForward(new.target.prototype);
  }
}

/** Puts a boundary around each `forward` from `prototype` up to `Module`, once for each class. */
function boundForward(prototype: Module): void {
  for (
    let current: object | null = prototype;
    current !== null && current !== Module.prototype && !bounded.has(current);
    current = Object.getPrototypeOf(current) as object | null
  ) {
    bounded.add(current);
    const descriptor = Object.getOwnPropertyDescriptor(current, "forward");
    if (typeof descriptor?.value !== "function") continue;
    const forward = descriptor.value as Method;
    const boundary: Method = function (...args) {
      return atBoundary([this], () => forward.apply(this, args));
    };
    Object.defineProperty(boundary, "name", { value: "forward" });
    Object.defineProperty(boundary, "length", { value: forward.length });
    Object.defineProperty(current, "forward", { ...descriptor, value: boundary });
  }
}

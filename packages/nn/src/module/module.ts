/** @file The base class of layers and models. */
import type * as tf from "@tensorflow/tfjs-core";
import { recorderOf, type SowOptions, type VariableClass } from "../capture/recorder.ts";
import { MODULE } from "../graph/kinds.ts";
import { Perturbation } from "../variable/types.ts";
import type { Attributes } from "./attributes.ts";
import { callForward } from "./boundary.ts";
import { Pytree } from "./pytree.ts";
import { setAttributes, type SetAttributesArgs } from "./set-attributes.ts";

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
  static override readonly name: string = "Module";
  declare readonly [MODULE]: true;

  static {
    Object.defineProperty(Module.prototype, MODULE, { value: true });
  }

  constructor() {
    super();
    // Not new.target: minifiers move it into functions that are not called by `new`.
    boundForward(Object.getPrototypeOf(this) as Module);
  }

  /**
   * Sets attributes of all modules in this one that have them, itself included, in place. With filters before the
   * attributes, only of modules that any of the filters selects. No attribute is created.
   *
   * ```ts
   * model.setAttributes({ deterministic: true, useRunningAverage: true });
   * model.setAttributes(Dropout, PathContains("head"), { deterministic: true }, { raiseIfNotFound: false });
   * ```
   *
   * Views keep their own attributes: prefer `view`, which changes nothing that others use.
   *
   * @throws UnknownAttributeError for a name that no selected module has, unless the options after the attributes are
   *   `{ raiseIfNotFound: false }`; and for one that can only be read. Nothing is set then.
   * @see flax.nnx.Module.set_attributes
   */
  setAttributes(...filtersAndAttributes: SetAttributesArgs): void {
    setAttributes(this, filtersAndAttributes);
  }

  /**
   * Puts all modules in training mode, in place: `deterministic` and `useRunningAverage` become false, where a module
   * has them, and `attributes` are set too. Prefer a view, which cannot be forgotten: `view(model, { deterministic:
   * false, useRunningAverage: false })`.
   *
   * @see flax.nnx.Module.train
   */
  train(attributes: Attributes = {}): void {
    const modes = { deterministic: false, useRunningAverage: false, ...attributes };
    setAttributes(this, [modes, { raiseIfNotFound: false }]);
  }

  /**
   * Puts all modules in evaluation mode, in place: `deterministic` and `useRunningAverage` become true, where a module
   * has them, and `attributes` are set too.
   *
   * @see flax.nnx.Module.eval
   */
  eval(attributes: Attributes = {}): void {
    const modes = { deterministic: true, useRunningAverage: true, ...attributes };
    setAttributes(this, [modes, { raiseIfNotFound: false }]);
  }

  /**
   * Tells a `value` of interest, inside `forward` for instance, to the capture that runs, if it collects `type`;
   * otherwise it costs nothing. Values of one name come in an array, in the order of the calls, unless `reduceFn` and
   * `initFn` put them together otherwise.
   *
   * ```ts
   * forward(x: tf.Tensor) {
   *   const features = this.features.forward(x);
   *   this.sow(Intermediate, "features", features);
   *   return this.head.forward(features);
   * }
   * ```
   *
   * @param value a tensor or number, or arrays, `Map`s and plain objects of those; it stays the caller's
   * @returns whether it was taken
   * @see capture; flax.nnx.Module.sow
   */
  sow<Value, Sum = Value[]>(
    type: VariableClass,
    name: string,
    value: Value,
    options: SowOptions<Value, Sum> = {},
  ): boolean {
    return recorderOf(this)?.sow(type, name, value, options) ?? false;
  }

  /**
   * `value`, to which a capture of perturbations adds one of that name: zeros, unless the capture was given others.
   * The gradient with respect to the perturbation is that of the intermediate value. Use the result in place of
   * `value`.
   *
   * @param type the class of the perturbation; `Perturbation` unless given
   * @returns `value` itself where no capture collects perturbations
   * @throws ShapeMismatchError when the capture was given a perturbation of another shape
   * @see capture; flax.nnx.Module.perturb
   */
  perturb<T extends tf.Tensor>(name: string, value: T, type: VariableClass = Perturbation): T {
    return recorderOf(this)?.perturb(type, name, value) ?? value;
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
      return callForward(this, forward, args);
    };
    Object.defineProperty(boundary, "name", { value: "forward" });
    Object.defineProperty(boundary, "length", { value: forward.length });
    Object.defineProperty(current, "forward", { ...descriptor, value: boundary });
  }
}

/** @file The cell that holds a tensor and is shared by identity. */
import { ownByScope } from "@nnx-js/tensor";
import type * as tf from "@tensorflow/tfjs-core";
import { describeVariable } from "../display/describe.ts";
import { InvalidArgumentError, NnxError } from "../errors.ts";
import { isVariable, VARIABLE } from "../graph/kinds.ts";
import { activeInterceptor, dropSubstitute, substituteOf, type VariableInterceptor } from "./access.ts";
import { metadataFor } from "./initial-metadata.ts";
import { AbstractStore, BorrowedStore, OwnedStore, type VariableStore } from "./store.ts";
import { journalWrite, type Restorable } from "./transaction.ts";

/** What a Variable may carry beside its value; `tag` is what a string filter compares. */
export interface VariableMetadata {
  readonly tag?: string | undefined;
  /** Whether it is kept from being trained; see {@link Variable.isFrozen}. */
  readonly frozen?: boolean | undefined;
  readonly [name: string]: unknown;
}

/**
 * A typed box of one tensor. Modules hold Variables; views of a model hold the very same ones, so that a write
 * through one view is seen by all. Filters select by class: subclass it for a kind of state of your own.
 *
 * A Variable owns its tensor: it survives `tf.tidy` and is disposed of when another value is set.
 * `value` is borrowed: `clone()` it to keep it.
 *
 * ```ts
 * const scale = new Param(tf.ones([3]));
 * scale.value = tf.mul(scale.value, 2); // the old tensor is disposed of
 * ```
 *
 * @see flax.nnx.Variable
 */
export class Variable<T extends tf.Tensor = tf.Tensor> {
  static readonly name: string = "Variable";
  declare readonly [VARIABLE]: true;
  /** Where the tensor lives; a compiler replaces it. */
  store: VariableStore;
  /** What was given to the constructor beside the value, and set since; the object itself never changes. */
  readonly metadata: VariableMetadata;

  /**
   * @param value the first value; the Variable takes ownership, unless another Variable owns it already (then a
   *   clone is taken)
   * @param metadata anything to remember with it
   */
  constructor(value: T, metadata: VariableMetadata = {}) {
    assertTensor(value, this, `new ${this.constructor.name}(tf.tensor(…))`);
    const interceptor = activeInterceptor();
    this.store = new OwnedStore(interceptor?.adopt?.(value) ?? value);
    this.metadata = { ...metadata, ...metadataFor(value) };
    noteMade(this, interceptor);
  }

  static {
    Object.defineProperty(Variable.prototype, VARIABLE, { value: true });
  }

  /** The tensor, borrowed. */
  get value(): T {
    const substitute = substituteOf(this);
    if (substitute) return substitute as T;
    const interceptor = activeInterceptor();
    // The store keeps what the constructor and the setter were given, so the type is T.
    if (interceptor) return interceptor.read(this) as T;
    try {
      return this.store.read() as T;
    } catch (error) {
      throw aboutVariable(error, this);
    }
  }

  /** Takes ownership of the new tensor and disposes of the old one. */
  set value(value: T) {
    assertTensor(value, this, "variable.value = tf.tensor(…)");
    dropSubstitute(this);
    const interceptor = activeInterceptor();
    if (interceptor) {
      interceptor.write(this, value);
      return;
    }
    try {
      const previous = this.store;
      this.store = previous.write(value);
      if (this.store !== previous) journalWrite(storeOf(this), previous);
    } catch (error) {
      throw aboutVariable(error, this);
    }
  }

  /** The shape of the value. */
  get shape(): readonly number[] {
    return substituteOf(this)?.shape ?? activeInterceptor()?.shapeOf?.(this) ?? this.store.shape;
  }

  /** The dtype of the value. */
  get dtype(): tf.DataType {
    return this.store.dtype;
  }

  /** The number of elements. */
  get size(): number {
    return this.shape.reduce((product, dimension) => product * dimension, 1);
  }

  /** Whether only shape and dtype are known: the Variable was made by `evalShape` and has no value yet. */
  get isAbstract(): boolean {
    return this.store instanceof AbstractStore;
  }

  /** Grows with each write, so that caches can see that the value changed. */
  get version(): number {
    return this.store.version;
  }

  /** The string that a tag filter compares. */
  get tag(): string | undefined {
    return this.metadata.tag;
  }

  /**
   * Whether it is kept from being trained: gradients and optimisers leave it out, whatever their filter. Set by
   * `select(model).where(filter).freeze()`, or `setMetadata({ frozen: true })`.
   */
  get isFrozen(): boolean {
    return this.metadata.frozen === true;
  }

  /** Adds to the metadata; `undefined` takes an entry out. All views see it. @see flax.nnx.Variable.set_metadata */
  setMetadata(metadata: VariableMetadata): void {
    const entries = Object.entries({ ...this.metadata, ...metadata }).filter(
      ([, value]) => value !== undefined,
    );
    // Read-only for everybody else; a new object, because copies and graph definitions share the old one.
    (this as { metadata: VariableMetadata }).metadata = Object.fromEntries(entries);
  }

  /** Frees the tensor. The Variable cannot be read afterwards, in no view. */
  dispose(): void {
    this.store.dispose();
  }

  /** The type, dtype, shape and size, such as `Param(float32[4, 4]) # 16 (64 B)`; no value is read. */
  toString(): string {
    return describeVariable(this);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** Takes back that a write gave `variable` another store. */
function storeOf(variable: Variable): Restorable<VariableStore> {
  return {
    restore(previous) {
      variable.store.dispose();
      variable.store = previous;
    },
    discard(previous) {
      previous.release?.();
    },
  };
}

function assertTensor(value: unknown, variable: Variable, repair: string): void {
  if (typeof value === "object" && value !== null && "dataId" in value) return;
  throw new InvalidArgumentError(
    `expected a tf.Tensor, got ${describeValue(value)}. Write ${repair}.`,
    variable,
  );
}

function describeValue(value: unknown): string {
  if (isVariable(value)) return `a ${value.constructor.name}; pass its .value`;
  return value === null ? "null" : typeof value === "object" ? value.constructor.name : typeof value;
}

function aboutVariable(error: unknown, variable: Variable): unknown {
  if (!(error instanceof NnxError) || error.subject) return error;
  const Class = error.constructor as new (message: string, subject: object) => NnxError;
  return new Class(error.detail, variable);
}

/** A Variable of the same class and metadata with another store; no constructor runs. */
export function withStore<V extends Variable>(variable: V, store: VariableStore): V {
  const prototype = Object.getPrototypeOf(variable) as object;
  // Each training step makes one for each gradient: the usual case, without attributes of a subclass, is fast.
  const isPlain = Reflect.ownKeys(variable).length === 2;
  const copy = Object.create(prototype, isPlain ? {} : Object.getOwnPropertyDescriptors(variable)) as {
    store: VariableStore;
    metadata: VariableMetadata;
  };
  copy.store = store;
  copy.metadata = variable.metadata;
  // The attributes and prototype of a V.
  return copy as V;
}

/** A Variable like `variable` that takes ownership of `value`, unless another Variable owns it (then of a clone). */
export function ownedVariable<V extends Variable>(variable: V, value: tf.Tensor): V {
  const interceptor = activeInterceptor();
  const made = withStore(variable, new OwnedStore(interceptor?.adopt?.(value) ?? value));
  noteMade(made, interceptor);
  return made;
}

/**
 * A tensor of the value, which is the caller's and does not change with the Variable. It shares its memory; only what a
 * compiled function keeps is copied, and leaves no other tensor behind than this one.
 */
export function copyValue<T extends tf.Tensor>(variable: Variable<T>): T {
  const { store } = variable;
  const isAsItIs = !activeInterceptor() && !substituteOf(variable);
  if (!isAsItIs || !store.copy) return variable.value.clone();
  try {
    // The store keeps what the constructor and the setter were given, so the type is T.
    return store.copy() as T;
  } catch (error) {
    throw aboutVariable(error, variable);
  }
}

/** A Variable like `variable` that owns a copy of its value; an abstract one stays abstract. */
export function copyVariable<V extends Variable>(variable: V): V {
  const { store } = variable;
  if (store instanceof AbstractStore) return withStore(variable, store);
  const copy = withStore(variable, new OwnedStore(copyValue(variable)));
  noteMade(copy, activeInterceptor());
  return copy;
}

/**
 * Gives a Variable that was made in a trace, and has no value of its own, one that it takes ownership of; or borrows, as
 * gradients do.
 */
export function settleVariable(variable: Variable, value: tf.Tensor): void {
  const interceptor = activeInterceptor();
  if (variable.store instanceof BorrowedStore) {
    variable.store = new BorrowedStore(value);
    interceptor?.created(variable);
    return;
  }
  variable.store = new OwnedStore(interceptor?.adopt?.(value) ?? value);
  noteMade(variable, interceptor);
}

/** Tells of a Variable that owns its value: it belongs to the scope that runs, or is an interceptor's affair. */
function noteMade(variable: Variable, interceptor: VariableInterceptor | undefined): void {
  if (interceptor) interceptor.created(variable);
  else ownByScope(variable);
}

/** A Variable like `variable` whose value is `value`, which stays the caller's. */
export function borrowingVariable<V extends Variable>(variable: V, value: tf.Tensor): V {
  const copy = withStore(variable, new BorrowedStore(value));
  activeInterceptor()?.created(copy);
  return copy;
}

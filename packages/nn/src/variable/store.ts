/** @file Where a Variable's tensor lives: owned, borrowed, or nowhere yet. */
import * as tf from "@tensorflow/tfjs-core";
import { VariableValueError } from "../errors.ts";
import { journalWrite, type Restorable } from "./transaction.ts";

/**
 * Holds the value of one Variable. A compiler replaces it to keep values elsewhere and to make tensors only when
 * they are asked for.
 */
export interface VariableStore {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  /** Grows with each write. */
  readonly version: number;
  /** The tensor; borrowed, never to be disposed of by the reader. */
  read(): tf.Tensor;
  /**
   * A tensor of the value that is the caller's, where that is cheaper than a clone of what `read` gives: a store that
   * keeps its value elsewhere need not keep a tensor as well.
   */
  copy?(): tf.Tensor;
  /** Takes a new value; answers the store that holds it. */
  write(value: tf.Tensor): VariableStore;
  /** Frees the value. */
  dispose(): void;
  /** Frees the tensor that was made of the value: the Variable has another store now. */
  release?(): void;
}

/** The tensors that some Variable owns: a second Variable clones instead of taking them. */
const owned = new WeakSet<tf.Tensor>();

/** Whether a Variable owns `tensor`. */
export function isOwned(tensor: tf.Tensor): boolean {
  return owned.has(tensor);
}

function own(tensor: tf.Tensor): tf.Tensor {
  const mine = owned.has(tensor) ? tensor.clone() : tensor;
  owned.add(mine);
  return tf.keep(mine);
}

/** The tensors that were freed by disposing of their Variable. */
const freed = new WeakSet<tf.Tensor>();

function assertAlive(tensor: tf.Tensor, what: string): void {
  if (!tensor.isDisposed) return;
  if (freed.has(tensor)) {
    throw new VariableValueError(
      `${what} was disposed of, with the model, State or Variable that it belongs to, or by the ` +
        `scope that it was made in. Give it another one, \`variable.value = tensor\`, dispose of a copy instead, ` +
        `\`clone(model)\`, or let it outlive the scope: \`scope((keep) => …)\`.`,
    );
  }
  throw new VariableValueError(
    `${what} is a disposed tensor of shape [${tensor.shape.join(", ")}]. A Variable takes ownership of the tensor ` +
      `it is given: give it a copy, \`variable.value = tensor.clone()\`.`,
  );
}

/** Runs `read`, which has the tensor of `store` only meanwhile. */
export function unlent<T>(store: TensorStore, read: () => T): T {
  const { isLent } = store;
  const result = read();
  store.isLent = isLent;
  return result;
}

/** What stores of an actual tensor share. */
class TensorStore {
  version = 0;
  tensor: tf.Tensor;
  /** Whether somebody may have it: it, or one before it, was read. */
  isLent = false;

  constructor(value: tf.Tensor) {
    this.tensor = value;
  }

  /** The shape of the value. */
  get shape(): readonly number[] {
    return this.tensor.shape;
  }

  /** The dtype of the value. */
  get dtype(): tf.DataType {
    return this.tensor.dtype;
  }

  read(): tf.Tensor {
    assertAlive(this.tensor, "The value");
    this.isLent = true;
    return this.tensor;
  }

  dispose(): void {
    if (this.tensor.isDisposed) return;
    this.tensor.dispose();
    freed.add(this.tensor);
  }
}

/** The usual store: the Variable owns its tensor, keeps it through `tf.tidy` and disposes of it when replaced. */
export class OwnedStore extends TensorStore implements VariableStore, Restorable<tf.Tensor> {
  static override readonly name: string = "OwnedStore";
  constructor(value: tf.Tensor) {
    assertAlive(value, "The value");
    super(own(value));
  }

  write(value: tf.Tensor): this {
    if (value === this.tensor) return this;
    assertAlive(value, "The new value");
    const previous = this.tensor;
    this.tensor = own(value);
    this.version++;
    if (!journalWrite(this, previous)) previous.dispose();
    return this;
  }

  restore(previous: tf.Tensor): void {
    this.tensor.dispose();
    this.tensor = previous;
    this.version++;
  }

  discard(previous: tf.Tensor): void {
    previous.dispose();
  }
}

/** Holds a tensor that belongs to the caller or to the `tf.tidy` around it: gradients are such. */
export class BorrowedStore extends TensorStore implements VariableStore {
  static override readonly name: string = "BorrowedStore";
  write(value: tf.Tensor): VariableStore {
    const store = new OwnedStore(value);
    store.version = this.version + 1;
    return store;
  }
}

/** Knows shape and dtype only; the first write makes it an {@link OwnedStore}. */
export class AbstractStore implements VariableStore {
  readonly version = 0;
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;

  constructor(shape: readonly number[], dtype: tf.DataType) {
    this.shape = [...shape];
    this.dtype = dtype;
  }

  read(): tf.Tensor {
    throw new VariableValueError(
      `The value is abstract, ${this.dtype}[${this.shape.join(", ")}]: it was made by evalShape, which computes ` +
        `shapes only. Give it one, \`variable.value = tensor\`, or \`update(model, state)\` with loaded weights.`,
    );
  }

  write(value: tf.Tensor): VariableStore {
    const store = new OwnedStore(value);
    store.version = this.version + 1;
    return store;
  }

  dispose(): void {}
}

/** @file The store of a Variable whose value lives in the memory of a target. */
import {
  isInTransaction,
  OwnedStore,
  type Variable,
  VariableValueError,
  type VariableStore,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type Dtype, isSameShape, unlent } from "@nnx-js/nn/trace";
import { finalization } from "../memory/finalization.ts";
import type { Revertible, Space } from "../memory/space.ts";
import type { Memory, Region } from "./region.ts";

/** The place of each Variable that has, or had, its value in a memory. */
const stores = new WeakMap<Variable, ResidentStore>();

/** Gives the pieces of Variables back that nobody has disposed of. */
const forgotten = finalization<ResidentStore>((store) => store.dispose());

/** The backend on which values are made when no real one is active, as while something is traced. */
let home: tf.KernelBackend | undefined;

/** A value, as a tensor if there was one. */
interface Before {
  readonly tensor: OwnedStore | undefined;
  /** Whether it came from outside since the memory was sure: then it is in the tensor only. */
  readonly isNew: boolean;
}

/** Keeps a value in the memory of a target and makes a tensor of it when somebody asks. */
export class ResidentStore implements Revertible, VariableStore {
  readonly space: Space;
  readonly region: Region;
  version = 0;
  /** The value as a tensor, as long as it is current. */
  #tensor: OwnedStore | undefined;
  /** The value to go back to, where it may turn out that the memory is not there. */
  #before: Before | undefined;
  /** Whether the place is gone, and the value a tensor only. */
  isEvicted = false;
  isDisposed = false;

  /** @param space the memory that `region` is a piece of */
  constructor(space: Space, region: Region) {
    this.space = space;
    this.region = region;
  }

  get shape(): readonly number[] {
    return this.region.shape;
  }

  get dtype(): tf.DataType {
    return this.region.dtype;
  }

  read(): tf.Tensor {
    this.#assertAlive();
    return this.mirror().read();
  }

  copy(): tf.Tensor {
    this.#assertAlive();
    return this.#tensor
      ? unlent(this.#tensor, () => this.mirror().read().clone())
      : this.region.toTensor(activeBackend());
  }

  /** A value from outside lives where it is, until a compiled function needs it here. */
  write(value: tf.Tensor): VariableStore {
    if (this.#tensor && value === this.#tensor.tensor) return this;
    const store = new OwnedStore(value);
    store.version = this.version + 1;
    // A transaction may want the old one back.
    if (!isInTransaction()) this.#forgetTensor();
    return store;
  }

  release(): void {
    this.#forgetTensor();
  }

  /** Takes the value of another store, whose tensor it keeps if readers may have borrowed it. */
  take(store: OwnedStore): void {
    unlent(store, () => this.region.fill(store.read()));
    this.#forgetTensor();
    this.#tensor = store;
    this.version = store.version;
    if (this.space.isSure) this.#forgetUnlent();
    else this.#keep(true);
  }

  /** A compiled function has put another value in place. */
  noteWrite(): void {
    this.version++;
    if (!this.space.isSure && !this.#before) this.#keep(false);
    if (this.#tensor) this.#forgetTensor();
  }

  settle(wasThere: boolean): void {
    const before = this.#before;
    this.#before = undefined;
    if (!before || this.isDisposed) return;
    if (wasThere) {
      if (before.tensor !== this.#tensor) before.tensor?.dispose();
      this.#forgetUnlent();
      return;
    }
    if (before.tensor !== this.#tensor) this.#forgetTensor();
    this.#tensor = before.tensor;
    this.version++;
    this.isEvicted = before.isNew;
    if (before.isNew) this.region.free();
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    if (this.#before?.tensor !== this.#tensor) this.#before?.tensor?.dispose();
    this.#before = undefined;
    this.#forgetTensor();
    if (!this.isEvicted) this.region.free();
  }

  /** Whether it can hold such a value. */
  suits(shape: readonly number[], dtype: string): boolean {
    return !this.isDisposed && !this.isEvicted && dtype === this.dtype && isSameShape(shape, this.shape);
  }

  /** The value as a tensor, with the version of the value. It is this store's, until {@link handOver}. */
  mirror(): OwnedStore {
    if (!this.#tensor) {
      this.#tensor = new OwnedStore(this.region.toTensor(activeBackend()));
      this.#tensor.version = this.version;
    }
    return this.#tensor;
  }

  /** Leaves the tensor of {@link mirror} to another store, and gives the place back. */
  handOver(): void {
    this.#tensor = undefined;
    this.dispose();
  }

  #assertAlive(): void {
    if (!this.isDisposed) return;
    throw new VariableValueError(
      "The value is disposed of. Do not dispose of Variables that are still in use.",
    );
  }

  #keep(isNew: boolean): void {
    if (this.#before?.tensor !== this.#tensor) this.#before?.tensor?.dispose();
    this.#before = { tensor: this.#tensor, isNew };
    this.space.note(this);
  }

  /** The value is in the memory: its tensor is for those who have it. */
  #forgetUnlent(): void {
    if (this.#tensor?.isLent === false) this.#forgetTensor();
  }

  #forgetTensor(): void {
    if (this.#tensor !== this.#before?.tensor) this.#tensor?.dispose();
    this.#tensor = undefined;
  }
}

/**
 * Brings the value of `variable` into `memory`, where it stays until somebody sets another or it is needed in another
 * memory. Answers undefined for one whose tensor is not its own, such as a gradient.
 *
 * @throws HeapFullError, or whatever the memory throws that cannot take the value; the Variable is as it was then
 */
export function makeResident(variable: Variable, memory: Memory): ResidentStore | undefined {
  const { space } = memory;
  const { store } = variable;
  const elsewhere = store instanceof ResidentStore && !store.isDisposed ? store : undefined;
  if (elsewhere?.space === space && !elsewhere.isEvicted) return elsewhere;
  const value = elsewhere ? elsewhere.mirror() : store;
  if (!(value instanceof OwnedStore)) return undefined;
  const known = stores.get(variable);
  if (known?.space === space && known.suits(value.shape, value.dtype)) {
    known.take(value);
    variable.store = known;
    return known;
  }
  // What it holds is no value of the Variable any more.
  if (known !== elsewhere) known?.dispose();
  // Variables of other dtypes are no parameters of a graph.
  const resident = new ResidentStore(space, memory.region(value.shape, value.dtype as Dtype));
  try {
    resident.take(value);
  } catch (error) {
    resident.dispose();
    throw error;
  }
  elsewhere?.handOver();
  forgotten.unregister(variable);
  stores.set(variable, resident);
  forgotten.register(variable, resident, variable);
  variable.store = resident;
  return resident;
}

/** The active backend, or the last one that was, while an unregistered one has its place. */
function activeBackend(): tf.KernelBackend {
  const name = tf.getBackend();
  const isRegistered = tf.findBackendFactory(name) !== null;
  if (isRegistered || !home) home = tf.backend();
  return home;
}

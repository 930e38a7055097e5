/** @file Where a loader is, as state: Variables that cost nothing to count up, and are saved like any other. */
import { isInTransaction, OwnedStore, Pytree, Variable, type VariableStore } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** A count of a loader: int32 `[]`. */
export class LoaderState<T extends tf.Tensor = tf.Tensor> extends Variable<T> {
  static override readonly name: string = "LoaderState";
}

/** Holds an integer, and makes a tensor of it when somebody asks. */
class CountStore implements VariableStore {
  readonly shape: readonly number[] = [];
  readonly dtype = "int32";
  version: number;
  count: number;
  private tensor: OwnedStore | undefined;

  constructor(count: number, version: number) {
    this.count = count;
    this.version = version;
  }

  set(count: number): void {
    if (count === this.count) return;
    this.count = count;
    this.version++;
    this.release();
  }

  read(): tf.Tensor {
    this.tensor ??= new OwnedStore(this.copy());
    return this.tensor.read();
  }

  copy(): tf.Tensor {
    return tf.scalar(this.count, "int32");
  }

  write(value: tf.Tensor): VariableStore {
    const store = new OwnedStore(value);
    store.version = this.version + 1;
    // A transaction may want this one back.
    if (!isInTransaction()) this.release();
    return store;
  }

  dispose(): void {
    this.release();
  }

  release(): void {
    this.tensor?.dispose();
    this.tensor = undefined;
  }
}

/** Where a loader is. */
export interface Place {
  /** Passes that are over. */
  readonly epoch: number;
  /** Examples that the present pass has given. */
  readonly index: number;
  /** Batches since the very begin. */
  readonly step: number;
}

/** A place as Variables. */
export class Position extends Pytree {
  static override readonly name: string = "Position";
  /** Passes that are over: int32 `[]`. */
  readonly epoch = countOf(0);
  /** Examples that the present pass has given: int32 `[]`. */
  readonly index = countOf(0);
  /** Batches since the very begin: int32 `[]`. */
  readonly step = countOf(0);

  /** @internal The place, where no other than `move` has written since the last `load`; undefined otherwise. */
  get place(): Place | undefined {
    const [epoch, index, step] = [this.epoch.store, this.index.store, this.step.store];
    if (!(epoch instanceof CountStore && index instanceof CountStore && step instanceof CountStore)) return undefined; // prettier-ignore
    return { epoch: epoch.count, index: index.count, step: step.count };
  }

  /** @internal The place, read from what was loaded into the Variables. */
  async load(): Promise<Place> {
    for (const variable of [this.epoch, this.index, this.step]) {
      const { store } = variable;
      if (store instanceof CountStore) continue;
      const [count] = await variable.value.data();
      // Written to once more in the meantime: what counts is the last.
      if (variable.store !== store) return this.load();
      variable.store = new CountStore(count!, store.version + 1);
      store.dispose();
    }
    return this.place!;
  }

  /** @internal Goes to a place that `load` or `move` could have left. */
  move({ epoch, index, step }: Place): void {
    setCount(this.epoch, epoch);
    setCount(this.index, index);
    setCount(this.step, step);
  }
}

function countOf(count: number): LoaderState {
  const variable = new LoaderState(tf.scalar(count, "int32"));
  const { store } = variable;
  variable.store = new CountStore(count, store.version);
  store.dispose();
  return variable;
}

function setCount(variable: LoaderState, count: number): void {
  const { store } = variable;
  if (store instanceof CountStore) store.set(count);
  else {
    variable.store = new CountStore(count, store.version + 1);
    store.dispose();
  }
}

/** @file What backends have in common whose tensors have no values. */
import * as tf from "@tensorflow/tfjs-core";

/** What the engine knows a tensor's elements by. Cheaper than weak maps from it: a trace makes thousands. */
export class ValuelessData {
  static readonly name: string = "ValuelessData";
  readonly backend: ValuelessBackend;
  references = 1;

  constructor(backend: ValuelessBackend) {
    this.backend = backend;
  }
}

/** Counts references to tensors that have no values, and refuses reads. */
export abstract class ValuelessBackend extends tf.KernelBackend {
  static override readonly name: string = "ValuelessBackend";

  /** What is thrown where the values of a tensor are asked for. */
  protected abstract readError(dataId: tf.DataId): Error;

  /** Whether the data is, or was before it was disposed of, one of this backend's. */
  owns(dataId: tf.DataId | undefined): dataId is ValuelessData {
    return dataId instanceof ValuelessData && dataId.backend === this;
  }

  /** How many tensors share the data. */
  override refCount(dataId: tf.DataId): number {
    return this.owns(dataId) ? dataId.references : 0;
  }

  /** Counts one more tensor. */
  override incRef(dataId: tf.DataId): void {
    if (this.owns(dataId)) dataId.references++;
    // One of another backend: a tf.Variable made here of a tensor that exists elsewhere, or what a trace captures.
    else tf.engine().state.tensorInfo.get(dataId)?.backend.incRef(dataId);
  }

  /** Counts one tensor less, or all with `force`; whether none is left. */
  override disposeData(dataId: tf.DataId, force = false): boolean {
    const references = force ? 0 : Math.max(0, this.refCount(dataId) - 1);
    if (this.owns(dataId)) dataId.references = references;
    return references === 0;
  }

  /** None: TensorFlow.js's leak check has nothing to find here. */
  override numDataIds(): number {
    return 0;
  }

  /** No values, no bytes. */
  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  /** As the backends that values are computed on in the end. */
  override floatPrecision(): 16 | 32 {
    return 32;
  }

  /** Nothing runs here that could be timed. */
  override timerAvailable(): boolean {
    return false;
  }

  /** @throws what `readError` says */
  override readSync(dataId: tf.DataId): never {
    throw this.readError(dataId);
  }

  /** Rejects with what `readError` says. */
  override read(dataId: tf.DataId): Promise<never> {
    return Promise.reject(this.readError(dataId));
  }

  /** @throws what `readError` says */
  override readToGPU(dataId: tf.DataId): never {
    throw this.readError(dataId);
  }

  /** Does nothing: what there is is garbage. */
  override dispose(): void {}
}

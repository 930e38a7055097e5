/** @file Losses on their way from the device: read many at a time, while steps go on. */
import * as tf from "@tensorflow/tfjs-core";
import type { LossPoint } from "../protocol/events.ts";
import { NotFiniteError } from "./faults.ts";

/** The losses of a step, not read yet. */
interface Pending {
  readonly step: number;
  readonly train: tf.Tensor;
  readonly eval: tf.Tensor | null;
}

/** Takes losses, and gives their values. */
export class Losses {
  private pending: Pending[] = [];
  /** What was read last. */
  last: LossPoint | undefined;

  /** Steps whose losses are not read yet, nor being read. */
  get size(): number {
    return this.pending.length;
  }

  /** Takes the losses of a step; the tensors are this object's from now on. */
  add(step: number, train: tf.Tensor, evaluated: tf.Tensor | null): void {
    this.pending.push({ step, train, eval: evaluated });
  }

  /** The values of all that came since the last call, by one read. */
  async read(): Promise<LossPoint[]> {
    const { pending } = this;
    this.pending = [];
    if (pending.length === 0) return [];
    const tensors = pending.flatMap((losses) => (losses.eval ? [losses.train, losses.eval] : [losses.train]));
    using all = tf.tidy(() => tf.stack(tensors));
    tf.dispose(tensors);
    const values = (await all.data()).values();
    const next = (): number => values.next().value as number;
    const points = pending.map((losses) => ({
      step: losses.step,
      train: next(),
      eval: losses.eval ? next() : null,
    }));
    this.last = points.at(-1);
    return points;
  }

  /** Frees what nobody will read. */
  dispose(): void {
    for (const { train, eval: evaluated } of this.pending) tf.dispose([train, evaluated ?? []]);
    this.pending = [];
  }
}

/** The error that the first loss is that is no number, if there is one. */
export function firstNotFinite(points: readonly LossPoint[]): NotFiniteError | undefined {
  for (const { step, train, eval: evaluated } of points) {
    for (const loss of [train, evaluated ?? 0]) {
      if (!Number.isFinite(loss)) return new NotFiniteError(step, loss);
    }
  }
  return undefined;
}

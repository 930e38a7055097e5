/** @file What the tests of the loop look at: events as they are told, and that no tensor is left over. */
import type { TrainEvent, Watcher } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach } from "vitest";

/** Notes what it is told. */
export function recorder(events: TrainEvent[] = []): Watcher & { events: TrainEvent[]; closed: number } {
  return {
    events,
    closed: 0,
    event(event) {
      events.push(event);
    },
    close() {
      this.closed++;
    },
  };
}

/** Events in short: their types and steps. */
export const brief = (events: readonly TrainEvent[]) => events.map(({ type, step }) => `${type} ${step}`);

/** Checks after each test of a file that it has left no tensor. */
export function checkLeftovers(): void {
  let before = 0;
  beforeEach(() => {
    before = tf.memory().numTensors;
  });
  afterEach(() => {
    const left = tf.memory().numTensors - before;
    if (left !== 0) throw new Error(`${left} tensors are left over`);
  });
}

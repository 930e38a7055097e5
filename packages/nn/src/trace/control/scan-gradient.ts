/** @file The gradient of a loop over slices: a second loop, the other way round. */
import { zeroGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { Value } from "../graph.ts";
import { activeTrace } from "../trace-backend.ts";
import type { ScanAttrs } from "./kernels.ts";
import type { LaterSum } from "./later-sums.ts";
import { scanVjp } from "./scan-vjp.ts";
import { spend } from "./spent.ts";
import type { StackPlace } from "./stack-places.ts";

type Launch = (inputs: readonly tf.Tensor[], attrs: ScanAttrs) => tf.Tensor[];

/**
 * The gradient function of the kernel. It runs the loop again with what the backward loop needs as further results: the
 * two become one when the trace is finished. Both are launched, so that they have gradients themselves.
 */
export function scanGradient(launch: Launch): tf.GradFunc {
  return (dy, saved, given) => {
    // Which attributes a kernel has is its contract with those who launch it.
    const attrs = spend(given as unknown as ScanAttrs);
    const { body, carries, sequences, length, reverse } = attrs;
    const dys = Array.isArray(dy) ? dy : [dy];
    if (length === 0) {
      // What came in comes out, and nothing depends on the rest.
      return Object.fromEntries(
        saved.map((tensor, i) => {
          const isCarried = i < carries && tensor.dtype === "float32";
          return [i, isCarried ? () => tf.clone(dys[i]!) : zeroGradient] as const;
        }),
      );
    }
    const { outputs } = body.graph;
    const results = [...outputs.keys()].filter(
      (i) => i >= carries && outputs[i]!.value.dtype === "float32" && !isZero(dys[i]!),
    );
    const vjp = scanVjp(attrs, results);
    const { carried, sums, stacked } = vjp;
    const forward = launch(saved, { ...attrs, body: vjp.forward });
    const kept = forward.slice(outputs.length, outputs.length + vjp.kept);
    const incoming = results.map((i) => dys[i]!);
    const inputs = [
      ...carried.map((i) => dys[i]!),
      ...sums.map((i) => tf.zeros(saved[i]!.shape)),
      ...saved.slice(carries, carries + sequences),
      ...kept,
      ...incoming,
      ...saved.slice(carries + sequences),
    ];
    const backward = launch(inputs, {
      body: vjp.backward,
      carries: carried.length + sums.length,
      sequences: sequences + kept.length + results.length,
      length,
      reverse: !reverse,
    });
    const found = new Map<number, () => tf.Tensor>(
      [...carried, ...sums, ...stacked].map((input, i) => [input, () => backward[i]!]),
    );
    const stacks = new Stacks(vjp.places, { saved, incoming, forward, backward }, attrs);
    for (const { input, sum } of vjp.later) found.set(input, () => stacks.sum(sum));
    return Object.fromEntries(saved.map((_, i) => [i, found.get(i) ?? zeroGradient] as const));
  };
}

/** Whether a gradient is known to be zero: of what nothing depends on, TensorFlow.js makes it so. */
export function isZero(tensor: tf.Tensor): boolean {
  return activeTrace()?.isZero(tensor) ?? false;
}

/** What there is when both loops are over. */
interface Tensors {
  readonly saved: readonly tf.Tensor[];
  readonly incoming: readonly tf.Tensor[];
  readonly forward: readonly tf.Tensor[];
  readonly backward: readonly tf.Tensor[];
}

/** What values were in all turns. */
class Stacks {
  readonly #places: ReadonlyMap<Value, StackPlace>;
  readonly #tensors: Tensors;
  readonly #attrs: ScanAttrs;

  constructor(places: ReadonlyMap<Value, StackPlace>, tensors: Tensors, attrs: ScanAttrs) {
    this.#places = places;
    this.#tensors = tensors;
    this.#attrs = attrs;
  }

  /** A sum over all turns. */
  sum({ value, leaves, sum }: LaterSum): tf.Tensor {
    const { length } = this.#attrs;
    if (length === 0) return tf.zeros([...value.shape]);
    // What was carried into turns lies in memory but for the first: apart from that nothing has to be moved.
    const hasPrevious = [...leaves].some((leaf) => this.#places.get(leaf)!.kind === "previous");
    if (!hasPrevious) return sum((leaf) => this.#whole(leaf));
    const first = sum((leaf) => this.#first(leaf));
    return length === 1 ? first : tf.add(first, sum((leaf) => this.#others(leaf))); // prettier-ignore
  }

  #whole(leaf: Value): tf.Tensor {
    const place = this.#places.get(leaf)!;
    const { saved, incoming, forward, backward } = this.#tensors;
    switch (place.kind) {
      case "sequence":
        return saved[place.input]!;
      case "given":
        return incoming[place.at]!;
      case "backward":
        return backward[place.output]!;
      default:
        return forward[place.output]!;
    }
  }

  /** What it was in the turn that ran first. */
  #first(leaf: Value): tf.Tensor {
    const place = this.#places.get(leaf)!;
    if (place.kind === "previous") return tf.expandDims(this.#tensors.saved[place.carry]!, 0);
    return tf.slice(this.#whole(leaf), this.#attrs.reverse ? this.#attrs.length - 1 : 0, 1);
  }

  #others(leaf: Value): tf.Tensor {
    const { length, reverse } = this.#attrs;
    const isPrevious = this.#places.get(leaf)!.kind === "previous";
    return tf.slice(this.#whole(leaf), isPrevious === reverse ? 1 : 0, length - 1);
  }
}

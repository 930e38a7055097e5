/** @file What the benchmark and the process with plain TensorFlow.js tell each other. */
import type { Weights } from "../contenders/contender.ts";

/** The contenders that use nothing of nnx-js. */
export type PlainName = "hand-written" | "tfjs-layers";

/** The elements of a tensor. */
export interface PlainTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What the process is told. */
export type Request =
  | {
      readonly kind: "set up";
      readonly contender: PlainName;
      readonly backend: string;
      readonly weights: Record<keyof Weights, PlainTensor>;
      readonly x: PlainTensor;
      readonly y: PlainTensor;
      readonly dropoutRate: number;
      readonly learningRate: number;
    }
  | { readonly kind: "turn"; readonly runs: number };

/** What it answers: that it is ready, or milliseconds of one run; or what went wrong. */
export type Answer = { readonly milliseconds: number | undefined } | { readonly error: string };

/** An end of the line between both. */
export interface Port {
  on(event: "message", listener: (message: Request) => void): unknown;
  send(message: unknown): unknown;
}

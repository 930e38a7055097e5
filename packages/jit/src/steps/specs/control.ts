/** @file What loops and branches are asked to do: graphs of their own, which a target prepares as programs in the program. */
import type { Body } from "@nnx-js/nn/trace";

/** What all of them have. */
interface ControlSpec {
  /** Tells apart those of one program: none shares its code, which knows where its memory is. */
  readonly id: number;
}

/**
 * Of carries, sequences and constants; the last carries, then results. The body runs for each slice of the sequences, and
 * gives the next carries and a slice of each result.
 */
export interface ScanSpec extends ControlSpec {
  readonly body: Body;
  readonly carries: number;
  readonly sequences: number;
  readonly length: number;
  readonly reverse: boolean;
}

/** Of carries and constants; the last carries. The body runs for as long as the condition gives a truth value. */
export interface WhileSpec extends ControlSpec {
  readonly condition: Body;
  readonly body: Body;
  readonly carries: number;
}

/** Of an int32 index and operands; what the branch with this number gives. */
export interface CondSpec extends ControlSpec {
  readonly branches: readonly Body[];
}

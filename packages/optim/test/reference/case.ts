/** @file What a reference case needs beside its figures. */
import type { GradientTransformation } from "@nnx-js/optim";
import type { OptaxRun, Tolerance } from "@nnx-js/testing";

/** A case of a reference file, by its name there. */
export interface ReferenceCase {
  readonly name: string;
  /** Makes what the case's `python` makes. */
  readonly make: () => GradientTransformation;
  /** On cpu and wasm, where it is not 1e-6 relative plus 2e-7 absolute. */
  readonly tolerance?: Tolerance;
  /** What the transformation is told in each step beside the value. */
  readonly args?: OptaxRun["args"];
  readonly wrap?: OptaxRun["wrap"];
}

/** The mask of most cases: all but the scalar and the vector. */
export const mask = { s: false, b: false, w: true, k: true };

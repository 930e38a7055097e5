/** @file Keeps the packed weights of a program as they should be. */
import type { HeapRegion } from "../memory/heap-region.ts";
import type { PackedCopy } from "./copies.ts";
import { keyOf, packedBytes, type Weight } from "./weight.ts";

/** A weight of a program, and the step that packs it. */
export interface PackingStep {
  readonly weight: Weight;
  /** Says whether runs of the program shall pack it. */
  enable(isNeeded: boolean): void;
}

/** The copies that a program takes. Where a weight comes from another Variable than in the call before, it takes that one's. */
export class PackedWeights {
  readonly #weights: readonly PackedWeight[];

  constructor(steps: readonly PackingStep[]) {
    this.#weights = steps.map((step) => new PackedWeight(step));
  }

  /**
   * Before a run: has those packed whose elements changed.
   *
   * @param regions where the parameters are
   * @param place says where a copy is, by its entry in the table of the program
   * @throws HeapFullError
   */
  prepare(
    regions: readonly (HeapRegion | undefined)[],
    place: (entry: number, address: number) => void,
  ): void {
    for (const weight of this.#weights) place(weight.entry, weight.prepare(regions[weight.parameter]!));
  }

  /** After a run. */
  note(): void {
    for (const weight of this.#weights) weight.note();
  }

  dispose(): void {
    for (const weight of this.#weights) weight.release();
  }
}

class PackedWeight {
  readonly parameter: number;
  readonly entry: number;
  readonly #step: PackingStep;
  readonly #key: string;
  #region: HeapRegion | undefined;
  #copy: PackedCopy | undefined;
  #isEnabled = true;

  constructor(step: PackingStep) {
    const { weight } = step;
    this.#step = step;
    this.#key = keyOf(weight.packing);
    this.parameter = weight.parameter.role.index;
    this.entry = weight.entry;
  }

  /** The address of the copy of `region`. */
  prepare(region: HeapRegion): number {
    if (region !== this.#region || !this.#copy) {
      const copy = region.copies.take(this.#key, packedBytes(this.#step.weight.packing));
      this.release();
      this.#region = region;
      this.#copy = copy;
    }
    this.#enable(this.#copy.revision !== region.revision);
    return this.#copy.address;
  }

  note(): void {
    const [copy, region] = [this.#copy, this.#region];
    if (this.#isEnabled && copy && region) copy.revision = region.revision;
  }

  release(): void {
    this.#region?.copies.release(this.#key);
    this.#region = this.#copy = undefined;
  }

  #enable(isNeeded: boolean): void {
    if (isNeeded === this.#isEnabled) return;
    this.#isEnabled = isNeeded;
    this.#step.enable(isNeeded);
  }
}

/** @file In which groups steps run, and where what they compute lies meanwhile. */
import type { Buffer } from "../../expr/expr.ts";
import type { Graph } from "@nnx-js/nn/trace";
import { type Moment, type Plan, planMemory } from "../../plan/memory.ts";
import type { Assigned } from "../../plan/outputs.ts";
import type { Prepared } from "../../plan/prepare.ts";
import { readsOf, writesOf } from "../../steps/accesses.ts";
import type { Step } from "../../steps/step.ts";
import { type Chain, chainsOf } from "./chains.ts";

/** Groups of chains that run one after the other, and where buffers lie. */
export interface Arrangement {
  readonly groups: readonly (readonly Chain[])[];
  /** For each group the scratch memory that a thread needs for the buffers of one of its chains. */
  readonly scratchBytes: readonly number[];
  /** Where buffers of one chain alone lie in the scratch memory of its thread: in its cache. */
  readonly inScratch: ReadonlyMap<Buffer, number>;
  /** Where all others lie. */
  readonly plan: Plan;
}

/** Groups may come in another order than steps: how much more memory that may take. */
const MOST_MEMORY = { factor: 1.25, bytes: 65_536 };

/** Arranges steps for so many threads. */
export function arrange(assigned: Prepared, { outputs }: Graph, threads: number): Arrangement {
  const { steps, parameters, outputOf } = assigned;
  const placeOf = (buffer: Buffer) => {
    const output = outputOf.get(buffer);
    const nextOf = output === undefined ? undefined : outputs[output]!.nextOf;
    return nextOf === undefined ? buffer : parameters[nextOf]!;
  };
  const groups = chainsOf(steps, { threads, placeOf });
  const single = steps.map((step) => [[step]]);
  const plain = arrangementOf(single, assigned);
  if (groups.every(({ length }) => length === 1)) return plain;
  const found = arrangementOf(groups, assigned);
  return found.plan.bytes <= MOST_MEMORY.factor * plain.plan.bytes + MOST_MEMORY.bytes ? found : plain;
}

function arrangementOf(groups: readonly (readonly Chain[])[], assigned: Assigned): Arrangement {
  const chainOf = new Map<Buffer, Chain | undefined>();
  for (const group of groups) {
    for (const chain of group) {
      const note = (buffer: Buffer) => {
        const isOwn = group.length > 1 && (!chainOf.has(buffer) || chainOf.get(buffer) === chain);
        chainOf.set(buffer, isOwn ? chain : undefined);
      };
      for (const step of chain) {
        for (const buffer of readsOf(step)) note(buffer);
        for (const buffer of writesOf(step)) note(buffer);
      }
    }
  }
  const inScratch = new Map<Buffer, number>();
  const bytesOf = (chain: Chain): number => {
    const moments = chain.map((step) => momentOf([step], (buffer) => chainOf.get(buffer) === chain));
    const { offsets, bytes } = planMemory(moments, assigned);
    for (const [buffer, offset] of offsets) inScratch.set(buffer, offset);
    return bytes;
  };
  // A chain that is alone has nothing of its own.
  const scratchBytes = groups.map((group) => (group.length > 1 ? Math.max(...group.map(bytesOf)) : 0));
  const isShared = (buffer: Buffer) => !chainOf.get(buffer);
  const plan = planMemory(
    groups.map((group) => momentOf(group.flat(), isShared)),
    assigned,
  );
  return { groups, scratchBytes, inScratch, plan };
}

function momentOf(steps: readonly Step[], counts: (buffer: Buffer) => boolean): Moment {
  const reads: Buffer[] = [];
  const writes: Buffer[] = [];
  for (const step of steps) {
    for (const buffer of readsOf(step)) if (counts(buffer)) reads.push(buffer);
    for (const buffer of writesOf(step)) if (counts(buffer)) writes.push(buffer);
  }
  return { reads, writes };
}

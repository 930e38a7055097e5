/** @file In which groups steps run, and where what they compute lies meanwhile. */
import type { Buffer } from "../../expr/expr.ts";
import type { Graph } from "@nnx-js/nn/trace";
import { type Moment, type Plan, planMemory } from "../../plan/memory.ts";
import type { Assigned } from "../../plan/outputs.ts";
import type { Prepared } from "../../plan/prepare.ts";
import { readsOf, writesOf } from "../../steps/accesses.ts";
import type { Step } from "../../steps/step.ts";
import { type Blockwise, findBlockwise } from "./blocks.ts";
import { type Chain, type ChainOptions, chainsOf } from "./chains.ts";

/** A place in the scratch memory: of a whole buffer, or of a block of it, which has so many bytes. */
interface InScratch {
  readonly scratch: number;
  readonly blockBytes?: number | undefined;
}

/** Groups of chains that run one after the other, and where buffers lie. */
export interface Arrangement {
  readonly groups: readonly (readonly Chain[])[];
  /** What is said of a chain that is run block by block, which is the only one of its group. */
  readonly blocksOf: ReadonlyMap<Chain, Blockwise>;
  /** For each group the scratch memory that a thread needs for the buffers of one of its chains, or of a block. */
  readonly scratchBytes: readonly number[];
  /** Where buffers of one chain alone lie in the scratch memory of its thread: in its cache. */
  readonly inScratch: ReadonlyMap<Buffer, InScratch>;
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
  const blocksOf = new Map<Chain, Blockwise>();
  const groups = groupsOf(steps, { threads, placeOf }, blocksOf);
  const single = steps.map((step) => [[step]]);
  const plain = arrangementOf(single, assigned, new Map());
  if (groups.every(({ length }) => length === 1) && blocksOf.size === 0) return plain;
  const found = arrangementOf(groups, assigned, blocksOf);
  return found.plan.bytes <= MOST_MEMORY.factor * plain.plan.bytes + MOST_MEMORY.bytes ? found : plain;
}

/** Groups of chains, and chains alone that go through blocks. */
function groupsOf(steps: readonly Step[], options: ChainOptions, blocksOf: Map<Chain, Blockwise>): Chain[][] {
  const groups: Chain[][] = [];
  let others: Step[] = [];
  for (const found of findBlockwise(steps, options)) {
    if (!("blocks" in found)) {
      others.push(found);
      continue;
    }
    groups.push(...chainsOf(others, options), [found.steps]);
    others = [];
    blocksOf.set(found.steps, found);
  }
  return [...groups, ...chainsOf(others, options)];
}

function arrangementOf(
  groups: readonly (readonly Chain[])[],
  assigned: Assigned,
  blocksOf: ReadonlyMap<Chain, Blockwise>,
): Arrangement {
  const chainOf = new Map<Buffer, Chain | undefined>();
  for (const group of groups) {
    for (const chain of group) {
      const own = blocksOf.get(chain)?.own;
      const note = (buffer: Buffer) => {
        const mayBeOwn = own ? own.has(buffer) : group.length > 1;
        const isOwn = mayBeOwn && (!chainOf.has(buffer) || chainOf.get(buffer) === chain);
        chainOf.set(buffer, isOwn ? chain : undefined);
      };
      for (const step of chain) {
        for (const buffer of readsOf(step)) note(buffer);
        for (const buffer of writesOf(step)) note(buffer);
      }
    }
  }
  const inScratch = new Map<Buffer, InScratch>();
  const bytesOf = (chain: Chain): number => {
    const blocks = blocksOf.get(chain)?.blocks ?? 1;
    const moments = chain.map((step) => momentOf([step], (buffer) => chainOf.get(buffer) === chain));
    const { offsets, bytes } = planMemory(moments, { ...assigned, parts: blocks });
    for (const [buffer, scratch] of offsets)
      inScratch.set(buffer, blocks > 1 ? { scratch, blockBytes: (4 * buffer.size) / blocks } : { scratch });
    return bytes;
  };
  // A chain that is alone has nothing of its own, unless it runs block by block.
  const scratchBytes = groups.map((group) =>
    group.length > 1 || blocksOf.has(group[0]!) ? Math.max(...group.map(bytesOf)) : 0,
  );
  const isShared = (buffer: Buffer) => !chainOf.get(buffer);
  const plan = planMemory(
    groups.map((group) => momentOf(group.flat(), isShared)),
    assigned,
  );
  return { groups, blocksOf, scratchBytes, inScratch, plan };
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

/** @file All that is tried of one place where JavaScript runs. */
import { threads } from "./threads.mjs";
import { useBackend } from "@nnx-js/tensor";
import { timed } from "./clock.mjs";
import { Guide } from "./guide.mjs";
import { mlp } from "./mlp.mjs";
import { save } from "./save.mjs";
import { swap } from "./swap.mjs";
import { told } from "./told.mjs";

/** The guide on one backend: the first losses of both ways to run it, and the compiled one to the end of the epoch. */
async function guideOn(backend, use, { eagerSteps, options }) {
  const chosen = await useBackend(backend, use);
  const eager = new Guide(options);
  const eagerLosses = await eager.losses(eagerSteps, eager.eager);
  eager.dispose();
  const guide = new Guide(options);
  const losses = [];
  const first = await timed(async () => losses.push(...(await guide.losses(1))));
  losses.push(...(await guide.losses(31)));
  const time = await timed(async () => losses.push(...(await guide.losses(32))));
  const evaluated = await guide.evaluate();
  guide.dispose();
  return { backend: chosen.backend, eager: eagerLosses, compiled: losses, evaluated, first, step: time / 32 };
}

/** What comes of `work`; where it fails, how. */
async function outcome(work) {
  try {
    return await work();
  } catch (error) {
    return { failed: told(error) };
  }
}

/**
 * Runs the cases.
 *
 * @param {object} plan `backends`: those to try; `use`: the options of useBackend; `options`: those of jit; `path`:
 *   where a file can be written; `eagerSteps`, `steps`: how long to go on
 * @returns a report of JSON only
 */
export async function runCases({ backends, use, options, path, eagerSteps = 8, steps = 20 }) {
  const guides = {};
  for (const backend of backends) {
    guides[backend] = await outcome(() => guideOn(backend, use, { eagerSteps, options }));
  }
  const there = backends.filter((backend) => !guides[backend].failed);
  const report = { guides, there };
  const fastest = there.includes("wasm") ? "wasm" : there.at(-1);
  if (fastest) {
    report.swap = await outcome(() => swap(there, use, options));
    await useBackend(fastest, use);
    report.save = await outcome(() => save(path, options));
    report.mlp = await outcome(() => mlp(options, steps));
  }
  return { ...report, threads: threads() };
}

/** @file Compares training steps: `npm run bench -- --help` tells the options. */
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { writeFile } from "node:fs/promises";
import { CommandLineError } from "../command-line.ts";
import { assertPinning, busyRows, compareBusy, describeBusy } from "./busy.ts";
import { compare } from "./compare.ts";
import { compileTimes, describeCompileTimes } from "./compile-times.ts";
import { assertFlax, FlaxError, runFlax } from "./flax.ts";
import { INFERENCE } from "./inference/cases.ts";
import { compareInference, describeInference } from "./inference/compare-inference.ts";
import { compareLoading, describeLoading } from "./load.ts";
import { compareLoops, describeLoops } from "./loop.ts";
import { describeMachine, thisMachine } from "./machine.ts";
import { type BenchOptions, HELP, parseBenchOptions } from "./options.ts";
import { runByOther } from "./other-node.ts";
import { compareProduct, describeProduct } from "./products/compare-products.ts";
import { report } from "./report.ts";
import { batchingTimes, describeBatchingTimes } from "./batching.ts";
import { describeLoopTimes, loopTimes } from "./loops.ts";
import { describeRematTimes, rematTimes } from "./remat.ts";
import { describeSamples, growth, soak } from "./soak.ts";
import { describeSubmitTimes, submitTimes } from "./submit.ts";
import { describeUpdateTimes, updateTimes } from "./updates.ts";
import { WORKLOADS } from "./workloads/all.ts";
import { inferenceRows, trainingRows, writeTable } from "./write.ts";

async function runBench(options: BenchOptions): Promise<void> {
  const { workloads, products, inferences: passes, backend, flax, json, load, loop } = options;
  if (flax !== undefined) await assertFlax(flax);
  const machine = thisMachine();
  console.log(`TensorFlow.js on ${backend}. ${describeMachine(machine)}\n`);
  const results = [];
  for (const name of workloads) {
    const comparison = await compare(WORKLOADS[name], options);
    const rows = flax === undefined ? [] : await runFlax(flax, name, options);
    console.log(`${report(comparison, rows)}\n`);
    results.push({ ...comparison, flax: rows });
  }
  const compared = [];
  for (const name of products) {
    const comparison = await compareProduct(name, options);
    console.log(`${describeProduct(comparison)}\n`);
    compared.push(comparison);
  }
  const inferences = [];
  for (const name of passes) {
    const comparison = await compareInference(name, options);
    console.log(`${describeInference(comparison)}\n`);
    inferences.push(comparison);
  }
  const loading = load === undefined ? undefined : await compareLoading(load, options);
  if (loading) console.log(describeLoading(loading));
  const loops = loop ? await compareLoops(options) : undefined;
  if (loops) console.log(describeLoops(loops));
  if (options.write) {
    if (results.length > 0) await writeTable("training", commandOf(options), trainingRows(results));
    if (inferences.length > 0) await writeTable("inference", commandOf(options), inferenceRows(inferences));
  }
  if (json !== undefined)
    await writeFile(
      json,
      `${JSON.stringify({ machine, backend, results, products: compared, inferences, loading, loops }, null, 2)}\n`,
    );
}

async function runBusy(options: BenchOptions): Promise<void> {
  await assertPinning();
  console.log(`Another process on one of the cores. ${describeMachine(thisMachine())}\n`);
  const results = await compareBusy([...options.workloads, ...options.inferences], options);
  console.log(describeBusy(results));
  if (options.write) await writeTable("busy", commandOf(options), busyRows(results));
}

/** As the command line asked for it, without the paths of this machine. */
function commandOf({ busy, flax, inferences, workloads }: BenchOptions): string {
  const isAll = workloads.length === Object.keys(WORKLOADS).length && inferences.length === 0;
  const isInference = workloads.length === 0 && inferences.length === Object.keys(INFERENCE).length;
  const named = isAll ? [] : isInference ? ["inference"] : [...workloads, ...inferences];
  const args = [...named, ...(busy ? ["--busy"] : []), ...(flax === undefined ? [] : ["--flax", "python3"])];
  return ["npm run bench", ...(args.length > 0 ? ["--", ...args] : [])].join(" ");
}

function runCompile(): void {
  console.log(`Compilation of long programs. ${describeMachine(thisMachine())}\n`);
  console.log(describeCompileTimes(compileTimes([1250, 2500, 5000, 20_000])));
}

async function runUpdates(options: BenchOptions): Promise<void> {
  console.log(`Compiled updates, TensorFlow.js on ${options.backend}. ${describeMachine(thisMachine())}\n`);
  console.log(describeUpdateTimes(await updateTimes(options, options.updates)));
}

async function runRemat(options: BenchOptions): Promise<void> {
  console.log(`Steps with remat, TensorFlow.js on ${options.backend}. ${describeMachine(thisMachine())}\n`);
  console.log(describeRematTimes(await rematTimes(options)));
}

async function runBatching(options: BenchOptions): Promise<void> {
  console.log(`Compiled lanes, TensorFlow.js on ${options.backend}. ${describeMachine(thisMachine())}\n`);
  console.log(describeBatchingTimes(await batchingTimes(options)));
}

async function runLoops(options: BenchOptions): Promise<void> {
  console.log(`Steps on sequences, TensorFlow.js on ${options.backend}. ${describeMachine(thisMachine())}\n`);
  console.log(describeLoopTimes(await loopTimes(options)));
}

async function runSubmit({ workloads, ...options }: BenchOptions): Promise<void> {
  console.log(`JavaScript until the device has got a step, on webgpu. ${describeMachine(thisMachine())}\n`);
  const measured = [];
  for (const name of workloads) measured.push(await submitTimes(WORKLOADS[name], options));
  console.log(describeSubmitTimes(measured));
}

async function runSoak(steps: number): Promise<void> {
  console.log(`${steps} compiled steps of the guide. ${describeMachine(thisMachine())}\n`);
  for (const by of ["hand", "loop"] as const) {
    const samples = await soak(steps, by);
    console.log(`By ${by === "hand" ? "hand" : "the training loop, with logs and a state"}:`);
    console.log(describeSamples(samples));
    const grown = growth(samples);
    console.log(grown.length === 0 ? "Nothing has grown.\n" : `${grown.join("\n")}\n`);
    if (grown.length > 0) process.exitCode = 1;
  }
}

try {
  const options = parseBenchOptions(process.argv.slice(2));
  if (options === "help") console.log(HELP);
  else if (options.node !== undefined) {
    process.exitCode = await runByOther(options.node, process.argv.slice(2));
  } else if (options.busy) await runBusy(options);
  else {
    tf.enableProdMode(); // The cpu backend advertises another package otherwise.
    await useBackend(options.backend);
    if (options.compile) runCompile();
    else if (options.updates) await runUpdates(options);
    else if (options.remat) await runRemat(options);
    else if (options.loops) await runLoops(options);
    else if (options.batching) await runBatching(options);
    else if (options.submit) await runSubmit(options);
    else await (options.soak === undefined ? runBench(options) : runSoak(options.soak));
  }
} catch (error) {
  if (error instanceof CommandLineError) {
    console.error(`${error.message}\n\n${HELP}`);
    process.exitCode = 2;
  } else if (error instanceof FlaxError) {
    console.error(error.message);
    process.exitCode = 1;
  } else throw error;
}

/** @file Compares training steps: `npm run bench -- --help` tells the options. */
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { writeFile } from "node:fs/promises";
import { CommandLineError } from "../command-line.ts";
import { compare } from "./compare.ts";
import { compileTimes, describeCompileTimes } from "./compile-times.ts";
import { assertFlax, FlaxError, runFlax } from "./flax.ts";
import { compareLoading, describeLoading } from "./load.ts";
import { compareLoops, describeLoops } from "./loop.ts";
import { describeMachine, thisMachine } from "./machine.ts";
import { type BenchOptions, HELP, parseBenchOptions } from "./options.ts";
import { compareProduct, describeProduct } from "./products/compare-products.ts";
import { report } from "./report.ts";
import { describeSamples, growth, soak } from "./soak.ts";
import { describeSubmitTimes, submitTimes } from "./submit.ts";
import { describeUpdateTimes, updateTimes } from "./updates.ts";
import { WORKLOADS } from "./workloads/all.ts";

async function runBench(options: BenchOptions): Promise<void> {
  const { workloads, products, backend, flax, json, load, loop } = options;
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
  const loading = load === undefined ? undefined : await compareLoading(load, options);
  if (loading) console.log(describeLoading(loading));
  const loops = loop ? await compareLoops(options) : undefined;
  if (loops) console.log(describeLoops(loops));
  if (json !== undefined)
    await writeFile(
      json,
      `${JSON.stringify({ machine, backend, results, products: compared, loading, loops }, null, 2)}\n`,
    );
}

function runCompile(): void {
  console.log(`Compilation of long programs. ${describeMachine(thisMachine())}\n`);
  console.log(describeCompileTimes(compileTimes([1250, 2500, 5000, 20_000])));
}

async function runUpdates(options: BenchOptions): Promise<void> {
  console.log(`Compiled updates, TensorFlow.js on ${options.backend}. ${describeMachine(thisMachine())}\n`);
  console.log(describeUpdateTimes(await updateTimes(options, options.updates)));
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
  else {
    tf.enableProdMode(); // The cpu backend advertises another package otherwise.
    await useBackend(options.backend);
    if (options.compile) runCompile();
    else if (options.updates) await runUpdates(options);
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

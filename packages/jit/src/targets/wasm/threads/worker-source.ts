/** @file The program of a worker, as text: it has to run without a file of its own, in Node and in browsers. */
import { CONTROL, CONTROL_BYTES, COUNTERS } from "./control.ts";

/** How often a worker looks for the next job before it sleeps: about as long as the main thread takes between two. */
const SPINS = 20_000;

/** The longest sleep, in milliseconds: a message that arrives just before it waits no longer than this. */
const SLEEP = 50;

/**
 * Waits for jobs in shared memory; messages say which programs there are. While it waits it cannot receive messages,
 * so it goes back to the event loop when the count of those that were sent is not that of those that it has handled.
 *
 * A memory that grew while it was on its way to the worker has its old length there, for programs too, until it is
 * asked to grow: by nothing.
 */
export const WORKER_SOURCE = `"use strict";
const port = globalThis.process?.getBuiltinModule?.("node:worker_threads").parentPort;
const onMessage = port ? (f) => port.on("message", f) : (f) => { self.onmessage = (event) => f(event.data); };
const programs = new Map();
let control, memory, thread, threads, handled = 0, last = 0;
function serve() {
  let spins = 0;
  for (;;) {
    if (Atomics.load(control, ${CONTROL.messages}) !== handled) return;
    const generation = Atomics.load(control, ${CONTROL.generation});
    if (generation === last) {
      if (++spins > ${SPINS}) Atomics.wait(control, ${CONTROL.generation}, generation, ${SLEEP});
      continue;
    }
    last = generation;
    spins = 0;
    for (let i = 0; i < threads; i++) work((thread + i) % threads);
  }
}
function work(owner) {
  for (;;) {
    const claim = Atomics.add(control, ${COUNTERS.first} + ${COUNTERS.apart} * owner, 1);
    const program = Atomics.load(control, ${CONTROL.program});
    const step = Atomics.load(control, ${CONTROL.step});
    const units = Atomics.load(control, ${CONTROL.units});
    const chunkUnits = Atomics.load(control, ${CONTROL.chunkUnits});
    const chunks = Atomics.load(control, ${CONTROL.chunks});
    const index = Math.trunc((owner * chunks) / threads) + (claim & 0xffff);
    if (index >= Math.trunc(((owner + 1) * chunks) / threads)) return;
    if ((Atomics.load(control, ${CONTROL.jobGeneration}) & 0xffff) !== claim >>> 16) return;
    try {
      const { run, scratch } = programs.get(program);
      run(step, scratch, index * chunkUnits, Math.min(units, (index + 1) * chunkUnits));
    } catch {
      Atomics.add(control, ${CONTROL.failures}, 1);
    }
    Atomics.add(control, ${CONTROL.done}, 1);
  }
}
onMessage((message) => {
  handled++;
  if (message.kind === "start") memory = message.memory;
  if (message.bytes > memory.buffer.byteLength) memory.grow(0);
  if (message.kind === "start") {
    control = new Int32Array(memory.buffer, message.control, ${CONTROL_BYTES / 4});
    ({ handled, thread, threads } = message);
    last = Atomics.load(control, ${CONTROL.generation});
  } else if (message.kind === "add") {
    const instance = new WebAssembly.Instance(message.module, { heap: { memory } });
    programs.set(message.program, { run: instance.exports.step, scratch: message.scratch });
    Atomics.add(new Int32Array(memory.buffer, message.ready, 1), 0, 1);
  } else {
    programs.delete(message.program);
  }
  serve();
});
`;

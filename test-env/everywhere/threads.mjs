/** @file Counts the threads that help: the workers that programs start, and those that have the programs. */

const memories = new Set();
const counts = [];
const errors = [];
let started = 0;

function watch(message) {
  if (message.kind === "start") memories.add(message.memory);
  if (message.kind === "add") counts.push(message.ready);
}

/** Of a kind of worker, one that tells of what it is sent. */
const watched = (Worker, listen) =>
  class extends Worker {
    constructor(...args) {
      super(...args);
      started++;
      listen(this, (error) => errors.push(String(error?.message ?? error)));
    }
    postMessage(message, ...rest) {
      watch(message);
      super.postMessage(message, ...rest);
    }
  };

const node = globalThis.process?.getBuiltinModule?.("node:worker_threads");
if (node) node.Worker = watched(node.Worker, (worker, tell) => worker.on("error", tell));
else if (globalThis.Worker) {
  globalThis.Worker = watched(globalThis.Worker, (worker, tell) => worker.addEventListener("error", tell));
}

/** The workers that were started, those that were able to take part in the last program, and what went wrong. */
export function threads() {
  const [memory] = memories;
  const ready =
    memory && counts.length > 0 ? Atomics.load(new Int32Array(memory.buffer), counts.at(-1) / 4) : 0;
  return { started, ready, errors };
}

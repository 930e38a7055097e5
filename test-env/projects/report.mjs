/** @file How a project in Node tells what happened: one line of JSON, with how many workers there were. */
import threads from "node:worker_threads";

const { Worker } = threads;
const errors = [];
let workers = 0;
// The packages ask for the module when they need it, and find this one.
threads.Worker = class extends Worker {
  constructor(...args) {
    super(...args);
    workers++;
    this.on("error", (error) => errors.push(String(error)));
  }
};

export function report(result) {
  console.log(JSON.stringify({ ...result, workers, errors }));
}

/** @file The entry of pages: does what their address says, in the page or in a worker, and sends the report. */
import { run } from "./run.mjs";
import { told } from "./told.mjs";

const violations = [];
addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
  violations.push(`${effectiveDirective} ${blockedURI}`);
});
const errors = [];
addEventListener("error", ({ message }) => errors.push(message));
addEventListener("unhandledrejection", ({ reason }) => errors.push(String(reason)));

async function inWorker(plan) {
  const worker = new Worker(new URL("./worker.mjs", import.meta.url), { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.addEventListener("message", ({ data }) => resolve(data));
      worker.addEventListener("error", ({ message }) =>
        reject(new Error(`the worker: ${message ?? "it does not start"}`)),
      );
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window
      worker.postMessage(plan);
    });
  } finally {
    worker.terminate();
  }
}

async function report() {
  const { worker, ...plan } = JSON.parse(new URLSearchParams(location.search).get("plan") ?? "{}");
  try {
    const answer = await (worker ? inWorker(plan) : run(plan));
    return { isolated: globalThis.crossOriginIsolated, ...answer };
  } catch (error) {
    return { failed: told(error) };
  }
}

// No await outside of functions: not every kind of bundle has it.
void report().then((answer) =>
  fetch("/report", { method: "POST", body: JSON.stringify({ ...answer, violations, errors }) }),
);

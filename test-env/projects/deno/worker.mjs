if (globalThis.WorkerGlobalScope) {
  await import("./main.mjs");
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window
  self.postMessage("done");
} else {
  const worker = new Worker(import.meta.url, { type: "module" });
  worker.addEventListener("message", () => worker.terminate());
}

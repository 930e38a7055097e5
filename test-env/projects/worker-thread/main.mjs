import { isMainThread, Worker } from "node:worker_threads";

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  worker.on("error", (error) => {
    throw error;
  });
} else {
  const { report } = await import("./report.mjs");
  const { program } = await import("./program.mjs");
  report(await program());
}

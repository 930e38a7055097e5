/** @file A worker that saves and restores in the way of browsers that write to their file system in workers only. */
import { Checkpointer } from "@nnx-js/checkpoint";
import { Param } from "@nnx-js/nn";
import { full, useBackend } from "@nnx-js/tensor";

delete (FileSystemFileHandle.prototype as { createWritable?: unknown }).createWritable;

addEventListener("message", ({ data: folder }: MessageEvent<string>) => {
  void answer(folder).then(postMessage, (error: unknown) => postMessage(String(error)));
});

async function answer(folder: string): Promise<object> {
  await useBackend("cpu");
  const weight = new Param(full([1000], 0));
  await using checkpointer = new Checkpointer(`opfs:${folder}`, { keep: 2 });
  for (const step of [1, 2, 3]) {
    weight.value = full([1000], step);
    await checkpointer.save(step, { weight }, { metrics: { loss: 1 / step } });
  }
  await checkpointer.wait();
  const restored = await checkpointer.restore({ weight }, { step: 2 });
  const steps = await checkpointer.steps();
  return { steps, metrics: restored?.metrics, values: [...new Set(weight.value.dataSync())] };
}

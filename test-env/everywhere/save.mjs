/** @file Saves a training, loads it elsewhere, and goes on there. */
import { loadModel, memoryTarget, saveModel } from "@nnx-js/checkpoint";
import { Guide } from "./guide.mjs";

/** The losses of three steps after a load, from memory and from the file `path`, and of the training that was saved. */
export async function save(path, options) {
  const guide = new Guide(options);
  await guide.losses(2);
  const memory = memoryTarget();
  await saveModel(guide.state, memory);
  const answer = { memory: await loaded(memory.bytes(), options) };
  if (path) {
    await saveModel(guide.state, path);
    answer.file = await loaded(path, options);
  }
  answer.saved = await guide.losses(3);
  guide.dispose();
  return answer;
}

async function loaded(source, options) {
  const guide = new Guide(options);
  await loadModel(guide.state, source);
  guide.steps = 2;
  const losses = await guide.losses(3);
  guide.dispose();
  return losses;
}

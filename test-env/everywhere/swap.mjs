/** @file A training that goes from backend to backend, two steps on each. */
import { iterVariables } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import { Guide } from "./guide.mjs";

/** The losses of all steps. */
export async function swap(backends, use, options) {
  await useBackend(backends[0], use);
  const guide = new Guide(options);
  const losses = [];
  for (const backend of [...backends, backends[0]]) {
    await leave(guide);
    await useBackend(backend, use);
    losses.push(...(await guide.losses(2)));
  }
  guide.dispose();
  return losses;
}

/** Values that are on a GPU can go elsewhere once they were read. */
async function leave({ state, x, y }) {
  const variables = Object.values(state).flatMap((part) => [...iterVariables(part)]);
  for (const [, variable] of variables) await variable.value.data();
  for (const tensor of [x, y]) await tensor.data();
}

/** @file Time, also where the clock stands still while a program computes. */

/** Resolves after the engine was at its event loop, where threads start. */
export const turn = (milliseconds = 0) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Milliseconds, read after a turn of the event loop: workerd's clock goes on only there. */
async function now() {
  await turn();
  return performance.now();
}

/** How long `work` takes, in milliseconds, without the turn. */
export async function timed(work) {
  const before = await now();
  const begin = performance.now();
  await work();
  const end = performance.now();
  return end > begin ? end - begin : Math.max(0, (await now()) - before);
}

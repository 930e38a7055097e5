/** @file The worker of pages. */
import { run } from "./run.mjs";
import { told } from "./told.mjs";

addEventListener("message", async ({ data }) => {
  try {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window
    postMessage(await run(data));
  } catch (error) {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window
    postMessage({ failed: told(error) });
  }
});

/** @file The words in shared memory by which threads share work, and how they go about it. */

/**
 * Indices of the int32 words of the control block.
 *
 * The main thread writes down a job (program, step, units, how many units make a chunk, how many chunks), then resets
 * the counter, then raises the generation. Every thread takes chunks by adding 1 to the counter, whose upper half is
 * the job's generation. A chunk that was taken keeps its job from ending, so what the words say is about that job; a
 * thread that comes late takes a number beyond the last chunk, or finds that the job is another one, and does nothing.
 */
export const CONTROL = {
  /** Raised with each job, and to wake the workers. */
  generation: 0,
  /** The lower 16 bits count chunks, the upper 16 are those of the job's generation. */
  counter: 1,
  /** Chunks that are done. */
  done: 2,
  /** The generation that the following words are about. */
  jobGeneration: 3,
  program: 4,
  step: 5,
  units: 6,
  chunkUnits: 7,
  chunks: 8,
  /** How many messages were sent to each worker: one that has handled fewer goes to look for them. */
  messages: 9,
  /** How many chunks a worker could not do; they count as done, so that nobody waits for them. */
  failures: 10,
} as const;

/** Bytes of the control block. */
export const CONTROL_BYTES = 64;

/** @file The words in shared memory by which threads share work, and how they go about it. */

/**
 * Indices of the int32 words of the control block.
 *
 * The main thread writes down a job (program, step, units, how many units make a chunk, how many chunks), then resets
 * the counters, then raises the generation. Each thread has an equal share of the chunks, neighbours: it takes those
 * first, then what is left of the others', by adding 1 to the counter of the share, whose upper half is the job's
 * generation. A chunk that was taken keeps its job from ending, so what the words say is about that job; a thread that
 * comes late takes a number beyond the last chunk, or finds that the job is another one, and does nothing.
 *
 * So, unless one is held up, a thread has the same part of a result in each step and each call, in its own cache: two
 * threads have twice the cache of one.
 */
export const CONTROL = {
  /** Raised with each job, and to wake the workers. */
  generation: 0,
  /** Chunks that are done. */
  done: 1,
  /** The generation that the following words are about. */
  jobGeneration: 2,
  program: 3,
  step: 4,
  units: 5,
  chunkUnits: 6,
  chunks: 7,
  /** How many messages were sent to each worker: one that has handled fewer goes to look for them. */
  messages: 8,
  /** How many chunks a worker could not do; they count as done, so that nobody waits for them. */
  failures: 9,
} as const;

/** The most threads that share work: more would wait for memory, not for arithmetic. */
export const MOST_THREADS = 8;

/** Words of a cache line. */
const LINE = 16;

/**
 * Index of the word that counts the chunks that were taken of the share of thread number 0, and how far it is to the
 * next: threads that write to one cache line wait for each other. The lower 16 bits count, the upper 16 are those of the
 * job's generation.
 */
export const COUNTERS = { first: LINE, apart: LINE } as const;

/** Bytes of the control block. */
export const CONTROL_BYTES = 4 * (COUNTERS.first + MOST_THREADS * COUNTERS.apart);

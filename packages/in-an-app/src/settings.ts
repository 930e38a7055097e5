/** @file What the page asks of the worker. */
export interface Settings {
  readonly learningRate: number;
  /** Steps in all, those before a resume included. */
  readonly steps: number;
}

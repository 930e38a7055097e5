/** @file Settings in the page's address, so that a link leads to the same run. */
import { BACKENDS, type BackendName, type Execution, type Settings } from "../../protocol/settings.ts";
import { TASKS, taskOf } from "./tasks.ts";

/** Settings without a backend: the page takes one that works. */
export type ChosenSettings = Omit<Settings, "backend"> & { readonly backend: BackendName | undefined };

const EXECUTIONS: readonly Execution[] = ["compiled", "eager"];

/** What `hash` (`#task=moons&seed=1`) says; what it does not say, or says wrongly, is as the page begins. */
export function readAddress(hash: string): ChosenSettings {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const task = TASKS.find(({ name }) => name === given.get("task"))?.name ?? "moons";
  const learningRate = Number(given.get("rate"));
  const seed = given.get("seed");
  return {
    task,
    backend: BACKENDS.find((name) => name === given.get("backend")),
    execution: EXECUTIONS.find((name) => name === given.get("run")) ?? "compiled",
    learningRate: learningRate > 0 && learningRate <= 1 ? learningRate : taskOf(task).learningRate,
    seed: isSeed(seed) ? Number(seed) : 0,
  };
}

function isSeed(text: string | null): text is string {
  return text !== null && /^\d{1,9}$/.test(text);
}

/** The hash that {@link readAddress} reads back. */
export function writeAddress({ task, backend, execution, learningRate, seed }: Settings): string {
  return `#task=${task}&backend=${backend}&run=${execution}&rate=${learningRate}&seed=${seed}`;
}

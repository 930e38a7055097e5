/** @file What can be learned, in words, and with which learning rate it begins. */
import type { TaskName } from "../../protocol/settings.ts";

/** One of the four tasks. */
export interface Task {
  readonly name: TaskName;
  readonly title: string;
  /** What the model is and what its two views do differently. */
  readonly about: string;
  readonly learningRate: number;
}

/** In the order of the page. */
export const TASKS: readonly Task[] = [
  {
    name: "moons",
    title: "Two moons",
    about:
      "A small perceptron tells two interleaved half-moons apart. Its training view drops neurons at random; its eval view keeps them all, and paints the boundary.",
    learningRate: 0.01,
  },
  {
    name: "digits",
    title: "Digits",
    about:
      "A convolutional network reads handwritten digits. Draw one: the eval view gives one steady answer, the same weights with dropout on give a spread of answers.",
    learningRate: 0.002,
  },
  {
    name: "names",
    title: "Names",
    about:
      "A small transformer learns to spell first names. A third view of the same weights, with caches, writes new ones letter by letter.",
    learningRate: 0.002,
  },
  {
    name: "guide",
    title: "The guide’s model",
    about:
      "The model of the guide: a linear layer, batch normalisation, dropout, a linear layer. Its training view drops neurons and normalises by each batch; its eval view does neither.",
    learningRate: 0.001,
  },
];

/** The task of that name. */
export function taskOf(name: TaskName): Task {
  return TASKS.find((task) => task.name === name)!;
}

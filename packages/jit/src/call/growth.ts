/** @file Warns when a function is compiled again and again. */
import type { ListPattern } from "../tree/pattern.ts";

/** How many programs of one function are a reason to warn. */
const MANY = 10;

/** Counts the programs of one function. */
export class Growth {
  readonly #name: string;
  readonly #most: number;
  readonly #hasThis: boolean;
  /** What they were compiled for, as long as somebody else holds it; none once it was said. */
  #patterns: WeakRef<ListPattern>[] | undefined = [];

  /**
   * @param most how many programs it keeps
   * @param hasThis whether the first of its arguments is `this`
   */
  constructor(name: string, most: number, hasThis: boolean) {
    this.#name = name;
    this.#most = most;
    this.#hasThis = hasThis;
  }

  /** Notes that a program was compiled for arguments of this pattern; warns once, at the tenth. */
  note(pattern: ListPattern): void {
    if (!this.#patterns || this.#patterns.push(new WeakRef(pattern)) < MANY) return;
    const patterns = this.#patterns.flatMap((reference) => reference.deref() ?? []);
    this.#patterns = undefined;
    const name = this.#name;
    const most = this.#most;
    const hasThis = this.#hasThis;
    const warning = `jit(${name}): compiled ${MANY} programs for one function, each of which takes time and memory.`;
    // Few programs need these texts.
    import("./growth-message.ts").then(
      ({ whatChanged }) => {
        const ends = `At most ${most} programs are kept, those used last: jit(fn, { maxPrograms }).`;
        console.warn([warning, whatChanged(patterns, patterns.length < MANY, hasThis), ends].join(" "));
      },
      () => console.warn(warning),
    );
  }
}

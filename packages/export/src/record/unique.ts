/** @file Names that are told apart. */

/** Gives names out, each once. */
export class UniqueNames {
  private readonly taken = new Set<string>();

  /** `name`, or `name_1`, `name_2`, … where it is taken. */
  take(name: string): string {
    let free = name;
    for (let i = 1; this.taken.has(free); i++) free = `${name}_${i}`;
    this.taken.add(free);
    return free;
  }
}

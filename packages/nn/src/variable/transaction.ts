/** @file All-or-nothing writes: a function that throws leaves every Variable as it was. */

/** What a store can take back. */
export interface Restorable<T> {
  /** Puts `previous` back in place of the current value, which is disposed of. */
  restore(previous: T): void;
  /** Disposes of a value that is no longer needed. */
  discard(previous: T): void;
}

/** The value that each store had when the transaction began; `undefined` while no transaction runs. */
let journal: Map<Restorable<unknown>, unknown> | undefined;

/** Notes the value that `store` is about to replace; answers whether the transaction now looks after it. */
export function journalWrite<T>(store: Restorable<T>, previous: T): boolean {
  if (!journal || journal.has(store)) return false;
  journal.set(store, previous);
  return true;
}

/**
 * Runs `fn`; if it throws, every Variable that it wrote gets its old value back. Inside another transaction it
 * is part of that one.
 */
export function transaction<T>(fn: () => T): T {
  if (journal) return fn();
  const writes = new Map<Restorable<unknown>, unknown>();
  journal = writes;
  let done = false;
  try {
    const result = fn();
    done = true;
    return result;
  } finally {
    journal = undefined;
    // The last first: a store that the transaction put in place is restored before it is taken out.
    const undo = [...writes];
    for (let i = undo.length - 1; i >= 0; i--) {
      const [store, previous] = undo[i]!;
      if (done) store.discard(previous);
      else store.restore(previous);
    }
  }
}

/** Whether a transaction is in progress: what is written now may have to be taken back. */
export function isInTransaction(): boolean {
  return journal !== undefined;
}

/** Runs `fn` outside the transaction in progress: what it writes concerns nobody else. */
export function outsideTransaction<T>(fn: () => T): T {
  const outer = journal;
  journal = undefined;
  try {
    return fn();
  } finally {
    journal = outer;
  }
}

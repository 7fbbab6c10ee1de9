/** Keeps from the console what packages print there of errors that they report besides. */

/** @param work Is done before anybody else has a turn, or else what others print would be lost. */
export function unprinted<T>(work: () => T): T {
  const { log, warn, error } = console;
  const nothing = () => {};
  Object.assign(console, { log: nothing, warn: nothing, error: nothing });
  try {
    return work();
  } finally {
    Object.assign(console, { log, warn, error });
  }
}

/** Waiting for what is seen only by looking. */

/** Far more than anything here takes on the busiest machine: what is not there by then will never be. */
const LIMIT_MS = 120_000;

/** Looks until it is so. @throws {Error} After two minutes, with the condition. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const begun = performance.now();
  while (!await isSo()) {
    if (performance.now() - begun > LIMIT_MS) throw new Error(`Not within two minutes: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

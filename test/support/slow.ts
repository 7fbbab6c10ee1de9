/**
 * What takes minutes stands in files named `X_slow_test.ts`: `deno task test` leaves them out, `deno task test:slow` runs
 * them and nothing else.
 *
 * A slow file may do no more than import `X_test.ts` beside it: each of the two then runs its part of what is tested on
 * every backend or executor. Wasm, where every user trains, is quick, and this machine without a queue; on cpu and a
 * software WebGPU adapter whole networks take minutes.
 */

/** Whether a test file, as Deno names main modules, is a slow one. */
const SLOW = /_slow_test\.ts$/;

export const isSlowFile = SLOW.test(Deno.mainModule);

/** Whether the file that runs is one of two, a quick and a slow one, that share its tests. */
export const hasSlowPart = isSlowFile || exists(Deno.mainModule.replace(/_test\.ts$/, "_slow_test.ts"));

function exists(module: string): boolean {
  try {
    return Deno.statSync(new URL(module)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

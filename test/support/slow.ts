/**
 * What takes minutes stands in files named `X_slow_test.ts`: `deno task test` leaves them out, `deno task test:slow` runs
 * them and nothing else.
 *
 * A slow file may do no more than import `X_test.ts` beside it: each of the two then runs its part of what is tested on
 * every backend or executor. Wasm, where every user trains, is quick, and this machine without a queue; on cpu and a
 * software WebGPU adapter whole networks take minutes.
 */

const quick = Deno.mainModule.replace(/(_slow)?_test\.ts$/, "_test.ts");
const slow = quick.replace(/_test\.ts$/, "_slow_test.ts");

/** Which part of its tests the file that runs has: all of them, unless there are two files of the name. */
export const PART: "whole" | "quick" | "slow" = !(exists(quick) && exists(slow))
  ? "whole"
  : Deno.mainModule === slow
  ? "slow"
  : "quick";

function exists(module: string): boolean {
  try {
    return Deno.statSync(new URL(module)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

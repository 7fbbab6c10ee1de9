/** What to try after a comparison. Pure. */
import type { Sweep } from "../../config/sweep.ts";
import { DEFAULT_TASK } from "./tasks.ts";

/** Command lines that go further than this one. */
export function nextStep({ points, axes }: Sweep): string {
  const { task } = points[0]!.config;
  const named = task === DEFAULT_TASK ? "" : ` --task ${task}`;
  const bands = `deno task sweep${named} --n-mels 10,20,30,40`;
  return axes.includes("frontend.n_mels")
    ? `${bands} --setting A,D --seed 0,1,2`
    : `${bands}, or deno task ${task} model=bc_resnet setting=A`;
}

/** What to set where a checkpoint does not fit a network. Pure. */
import type { ImportedState } from "../../lib/train/import_state.ts";

/** One sentence. */
export function misfitRemedy({ missing, unknown, fixed }: ImportedState): string {
  if (missing.some(isNormalisation)) {
    return "It was trained without normalisation: set frontend.normalise=none.";
  }
  if (unknown.some(isNormalisation)) {
    return "It was trained with normalisation: set frontend.normalise=batch.";
  }
  if (fixed.length > 0) return "Set setting=D to use the file's values.";
  return "Choose frontend, model, frontend.n_mels and dataset.targets as they were when it was trained.";
}

function isNormalisation(name: string): boolean {
  return name.includes(".norm.running_");
}

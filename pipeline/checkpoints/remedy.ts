/** What to set where a checkpoint does not fit a network. Pure. */
import type { ImportedState } from "../../lib/train/import_state.ts";

/** @param differences What the file says that it was trained with and is otherwise here. @returns One sentence. */
export function misfitRemedy(imported: ImportedState, differences: readonly string[]): string {
  const { values, misfits, missing, unknown, fixed } = imported;
  if (differences.length > 0) {
    return `It was trained ${differences.join("; ")}: choose these as they were there.`;
  }
  // One misfit tells all that are missing, one all that are unknown: nothing else is wrong.
  if (misfits.length === 1 && missing.length > 0 && missing.every(isNormalisation)) {
    return "It was trained without normalisation: set frontend.normalise=none.";
  }
  if (misfits.length === 1 && unknown.length > 0 && unknown.every(isNormalisation)) {
    return "It was trained with normalisation: set frontend.normalise=batch.";
  }
  if (fixed.length > 0) return "Set setting=D, or the parts in frontend.trained, to use the file's values.";
  if (values.size === 0) {
    return "None of its tensors is one of this network: choose the model that it is of, or give its tensors the names of " +
      "the PyTorch modules.";
  }
  return "Choose frontend, model, frontend.n_mels and dataset.targets as they were when it was trained.";
}

function isNormalisation(name: string): boolean {
  return name.includes(".norm.running_");
}

/** What no training leaves in a network's tensors. Pure. */

/**
 * Running variances are told by their names, as PyTorch's modules have them. One of them may be zero, where a band is
 * masked; all of them are only where nothing ever filled them.
 *
 * @returns What is wrong, with the first such value; undefined: nothing.
 */
export function valueProblem(name: string, values: Float32Array): string | undefined {
  const strange = values.findIndex((value) => !Number.isFinite(value));
  if (strange >= 0) return `${name}: value ${strange} is ${values[strange]}, wanted finite numbers`;
  if (!name.endsWith("running_var")) return undefined;
  const negative = values.findIndex((value) => value < 0);
  if (negative >= 0) {
    return `${name}: value ${negative} is ${values[negative]}, wanted a variance of at least 0`;
  }
  if (values.length > 0 && values.every((value) => value === 0)) {
    return `${name}: all values are 0, wanted variances of a training`;
  }
  return undefined;
}

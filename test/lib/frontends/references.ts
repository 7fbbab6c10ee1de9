/** What `test/fixtures/front_ends` holds of other people's front-ends. */
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import { assertNear } from "../kernels/op_check.ts";

const FILE = new URL("../../fixtures/front_ends/references.safetensors", import.meta.url);
const TENSORS = readTensors(FILE.pathname);
/** By folder: of tensors every so many-th value is kept. */
const STEPS: Readonly<Record<string, number>> = { stft: 997, gammatone: 13 };
const STEP = 7;

export function reference(name: string): Float32Array {
  const found = TENSORS.tensors.get(name)?.data;
  if (found instanceof Float32Array) return found;
  throw new Error(`No reference ${name}`);
}

/** @param tolerance Relative to the largest value wanted. */
export function assertReference(name: string, actual: Float32Array, tolerance: number): void {
  const step = STEPS[name.split("/")[0]!] ?? STEP;
  assertNear(actual.filter((_, i) => i % step === 0), reference(name), tolerance, name);
}

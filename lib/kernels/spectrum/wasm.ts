/** {@link spectrum} on WebAssembly: see `wasm.as.ts`. */
import type * as tf from "@tensorflow/tfjs";
import type { WasmKernels } from "../wasm/runtime.ts";
import { spectrumArguments, spectrumSizes } from "./call.ts";
import { COMPILED } from "./compiled.ts";
import type { SpectrumForm } from "./pass.ts";
import { bankFloats, bankTable, isServed, transformFloats, transformTables } from "./tables.ts";
import type { DftKernels, TensorBank } from "./types.ts";

/** Undefined for transforms that cannot be halved. */
export function spectrumWasm(
  kernels: WasmKernels,
  wave: tf.Tensor2D,
  { wcos }: DftKernels,
  form: SpectrumForm,
  bank: TensorBank | null,
): tf.Tensor3D | undefined {
  if (!isServed(form)) return undefined;
  const [batch, samples] = wave.shape;
  const bands = bank?.weights.shape[0] ?? 0;
  const sizes = spectrumSizes(samples, form, bands);
  const { frames, columns, scratchFloats } = sizes;
  const tables = keptTable(
    kernels,
    `transform ${formName(form)}`,
    wcos,
    transformFloats(form.nFft),
    () => transformTables(form),
  );
  const filters = bank === null
    ? 0
    : keptTable(kernels, "bank", bank.weights, bankFloats(bands, columns), (x) => bankTable(x, bands));
  const out = kernels.output<tf.Tensor3D>(bank === null ? [batch, frames, columns] : [batch, bands, frames]);
  const args = spectrumArguments(samples, form, sizes, bank && { bands, logOffset: bank.logOffset }, {
    wave: kernels.addressOf(wave),
    tables,
    bank: filters,
    out: out.address,
  });
  kernels.run(COMPILED.spectrumForward, batch, args, scratchFloats * 4);
  return out.tensor;
}

/** All that decides the tables. */
function formName({ nFft, frameSamples, window, conditioning }: SpectrumForm): string {
  return JSON.stringify([nFft, frameSamples, window, conditioning?.scale ?? 1]);
}

/** What kernels read in the place of a tensor, kept as long as its values. @returns The address. */
function keptTable(
  kernels: WasmKernels,
  name: string,
  tensor: tf.Tensor,
  mostFloats: number,
  make: (values: Float32Array) => Float32Array,
): number {
  return kernels.kept(`spectrum ${name}`, [tensor], mostFloats, (address) => {
    const table = make(kernels.view(kernels.addressOf(tensor), tensor.size));
    kernels.view(address, table.length).set(table);
  });
}

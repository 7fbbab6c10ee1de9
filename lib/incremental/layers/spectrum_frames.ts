/** The fixed Fourier transform with what follows in the same pass, as batches have it. */
import { spectrumArguments, spectrumSizes } from "../../kernels/spectrum/call.ts";
import type { SpectrumPass } from "../../kernels/spectrum/pass.ts";
import { bankTable, checkServed, transformTables } from "../../kernels/spectrum/tables.ts";
import type { Line } from "./line.ts";
import { wholePanels } from "./machine.ts";
import { WaveFrames } from "./wave_frames.ts";

export class SpectrumFrames extends WaveFrames {
  readonly #pass: SpectrumPass;
  readonly #columns: number;
  readonly #at: Readonly<Record<"tables" | "bank" | "out" | "scratch", number>>;
  readonly #multiplications: number;

  constructor(line: Line, pass: SpectrumPass) {
    checkServed(pass);
    const { bank, nFft } = pass;
    const within: SpectrumPass = { ...pass, padding: "within" };
    const columns = bank?.bands ?? spectrumSizes(pass.frameSamples, within, 0).columns;
    super(line, pass, wholePanels(columns));
    this.#pass = within;
    this.#columns = columns;
    const sizes = spectrumSizes(this.#samplesOf(this.most), within, bank?.bands ?? 0);
    const { machine } = line;
    const filters = bank === null ? null : bankTable(bank.weights, bank.bands);
    this.#at = {
      tables: machine.place(transformTables(pass)),
      bank: filters === null ? 0 : machine.place(filters),
      out: machine.allocate(this.most * this.#columns),
      scratch: machine.allocate(sizes.scratchFloats),
    };
    // A real transform of n samples: about n log2 n, and its window, powers and filters.
    this.#multiplications = nFft * (Math.log2(nFft) + 3) +
      (filters === null ? 0 : filters.length - 2 * bank!.bands);
  }

  protected make(wave: number, frames: number, out: number): void {
    const { machine } = this;
    const { bank } = this.#pass;
    const samples = this.#samplesOf(frames);
    const sizes = spectrumSizes(samples, this.#pass, bank?.bands ?? 0);
    const operands = { ...this.#at, wave };
    machine.kernels.spectrumForward(
      0,
      this.#at.scratch,
      ...spectrumArguments(samples, this.#pass, sizes, bank, operands),
    );
    machine.multiplications += frames * this.#multiplications;
    if (bank !== null) {
      machine.kernels.framesOfBands(this.#at.out, this.#columns, frames, out, this.size * 4);
      return;
    }
    for (let t = 0; t < frames; t++) {
      machine.move(out + t * this.size * 4, this.#at.out + t * this.#columns * 4, this.#columns);
    }
  }

  #samplesOf(frames: number): number {
    return (frames - 1) * this.#pass.hopSamples + this.#pass.frameSamples;
  }
}

/** Cuts samples into frames as they come. */
import { type Framing, layFrames, leastSamples, samplesBefore, samplesBehind } from "../../audio/framing.ts";
import { type Layer, type Line, QueuedLayer } from "./line.ts";

/** A layer that takes samples in. */
export interface WaveLayer extends Layer {
  /** Frame t begins at `t stride - samplesBefore`. */
  readonly samplesBefore: number;
  /** Samples that a frame sees. */
  readonly frameSamples: number;
}

export abstract class WaveFrames extends QueuedLayer implements WaveLayer {
  readonly samplesBefore: number;
  readonly frameSamples: number;
  readonly #framing: Framing;
  /** Samples that stay for what a clip's end is continued by. */
  readonly #kept: number;
  /** Samples until the first frame is begun. */
  readonly #least: number;
  /** Of the next frame, in the queue; -1: nothing has begun. */
  #next = -1;
  #samples = 0;
  #made = 0;

  /** @param size Numbers of a frame. */
  constructor(line: Line, framing: Framing, size: number) {
    const { frameSamples, hopSamples } = framing;
    const [kept, least] = [samplesBehind(framing) + 1, leastSamples(framing)];
    super(line, {
      retained: 2 * frameSamples + hopSamples + 2 * kept + least,
      most: Math.floor((line.most + frameSamples + kept) / hopSamples) + 2,
      size,
      stride: hopSamples,
    });
    this.#framing = framing;
    this.#kept = kept;
    this.#least = least;
    this.frameSamples = frameSamples;
    this.samplesBefore = samplesBefore(framing);
  }

  /** Makes frames that begin at an address, one for each hop. @param out Where they go, one behind the other. */
  protected abstract make(address: number, frames: number, out: number): void;

  run(isLast: boolean): void {
    const { input, output, stride, frameSamples } = this;
    if (this.#next < 0 && !this.#begin()) return;
    const total = this.#samples + input.count;
    let frames = Math.max(0, Math.floor((input.count - this.#next - frameSamples) / stride) + 1);
    if (isLast) {
      const layout = layFrames(total, this.#framing);
      this.#continue(layout.behind);
      frames = layout.frames - this.#made;
    }
    if (frames > 0) {
      this.make(input.address + this.#next * 4, frames, output.end);
      output.grow(frames);
    }
    this.#made += frames;
    this.#next += frames * stride;
    const gone = Math.max(0, Math.min(this.#next, input.count) - this.#kept);
    input.drop(gone);
    this.#samples += gone;
    this.#next -= gone;
  }

  override reset(): void {
    super.reset();
    [this.#next, this.#samples, this.#made] = [-1, 0, 0];
  }

  /** Puts what frames see of the time before the clip. @returns Whether there is enough of the clip. */
  #begin(): boolean {
    const { input, samplesBefore: before, machine } = this;
    if (input.count < this.#least) return false;
    machine.move(input.address + before * 4, input.address, input.count);
    const values = machine.view(input.address, input.count + before);
    input.grow(before);
    const { padding } = this.#framing;
    for (let i = 1; i <= before; i++) {
      values[before - i] = padding === "reflect"
        ? values[before + i]!
        : padding === "repeat"
        ? values[before + i - 1]!
        : 0;
    }
    this.#samples = -before;
    this.#next = 0;
    return true;
  }

  /** Puts what frames see behind the clip. */
  #continue(behind: number): void {
    if (behind <= 0) return;
    const { input, machine } = this;
    const end = input.count;
    input.addZeros(behind);
    const values = machine.view(input.address, input.count);
    const { padding } = this.#framing;
    if (padding === "constant" || padding === "within") return;
    const last = padding === "reflect" ? end - 2 : end - 1;
    for (let i = 0; i < behind; i++) values[end + i] = values[last - i]!;
  }
}

/** What is done to each frame by itself, number by number. */
import { type Line, QueuedLayer } from "./line.ts";

export interface Curve {
  /** @param values Memory, in which the frame begins at `at`. */
  apply(values: Float32Array, at: number): void;
  /** Begins anew. Absent: frames know nothing of each other. */
  reset?(): void;
}

export class CurveLayer extends QueuedLayer {
  readonly #curve: Curve;

  constructor(line: Line, curve: Curve) {
    super(line);
    this.#curve = curve;
  }

  run(): void {
    const { input, output, size, machine } = this;
    const made = input.count;
    machine.move(output.end, input.address, made * size);
    const { floats } = machine;
    for (let t = 0, at = output.end / 4; t < made; t++, at += size) this.#curve.apply(floats, at);
    output.grow(made);
    input.drop(made);
  }

  override reset(): void {
    super.reset();
    this.#curve.reset?.();
  }
}

/** A layer's window over time: how many frames it can make of those that wait. */
import { type Line, QueuedLayer } from "./line.ts";
import type { FrameQueue } from "./queue.ts";

/** Where a kernel lies on frames. */
export interface Taps {
  /** Taps over time. */
  readonly width: number;
  /** Frames between them. */
  readonly dilation: number;
  /** Frames from one output to the next. */
  readonly stride: number;
  /** Frames of zeros before the first one: half the kernel where a clip is padded on both sides, all of it but one tap
   * where an output sees the past alone. */
  readonly lead: number;
}

export function reach({ width, dilation }: Taps): number {
  return (width - 1) * dilation;
}

/** As many zeros before a clip as behind it, or, where it is causal, none behind. */
export function tapsOf(width: number, dilation: number, isCausal: boolean): Taps {
  const whole = (width - 1) * dilation;
  return { width, dilation, stride: 1, lead: isCausal ? whole : whole / 2 };
}

export class TimeWindow {
  readonly #queue: FrameQueue;
  readonly #taps: Taps;
  /** Frames that came and are gone. */
  #dropped = 0;
  #made = 0;

  /** The queue must have room for {@link retained} more frames than come at once. */
  constructor(queue: FrameQueue, taps: Taps) {
    this.#queue = queue;
    this.#taps = taps;
    this.reset();
  }

  /** Frames that wait besides those that come: the last kernel's, and zeros behind a clip. */
  static retained(taps: Taps): number {
    return 2 * reach(taps) + taps.stride;
  }

  /** Outputs at once at most. */
  static most(most: number, taps: Taps): number {
    return Math.floor((most + reach(taps)) / taps.stride) + 1;
  }

  /** Frames that an output waits for beyond its own. */
  static ahead(taps: Taps): number {
    return reach(taps) - taps.lead;
  }

  reset(): void {
    this.#dropped = -this.#taps.lead;
    this.#made = 0;
    this.#queue.clear(this.#taps.lead);
  }

  /** Outputs that can be made. @param isLast Zeros follow: one output for each stride that the clip begins. */
  ready(isLast: boolean): number {
    const { stride } = this.#taps;
    const span = reach(this.#taps) + 1;
    const queue = this.#queue;
    if (isLast) {
      const frames = this.#dropped + queue.count;
      const wanted = Math.ceil(frames / stride) - this.#made;
      const missing = (wanted - 1) * stride + span - queue.count;
      if (wanted > 0 && missing > 0) queue.addZeros(missing);
      return Math.max(0, wanted);
    }
    return queue.count < span ? 0 : Math.floor((queue.count - span) / stride) + 1;
  }

  /** Forgets what no further output sees. */
  advance(made: number): void {
    const frames = Math.min(made * this.#taps.stride, this.#queue.count);
    this.#queue.drop(frames);
    this.#dropped += frames;
    this.#made += made;
  }
}

/** A layer whose frames see those of its input under a kernel. */
export abstract class WindowedLayer extends QueuedLayer {
  readonly #window: TimeWindow;

  /** @param size Numbers of a frame that it makes. */
  constructor(line: Line, taps: Taps, size: number) {
    super(line, {
      retained: TimeWindow.retained(taps),
      most: TimeWindow.most(line.most, taps),
      size,
      stride: taps.stride,
      ahead: TimeWindow.ahead(taps),
    });
    this.#window = new TimeWindow(this.input, taps);
  }

  /** Makes the first frames that can be made of the queue's. @param out Where they go, one behind the other. */
  protected abstract make(frames: number, out: number): void;

  run(isLast: boolean): void {
    const made = this.#window.ready(isLast);
    this.make(made, this.output.end);
    this.output.grow(made);
    this.#window.advance(made);
  }

  override reset(): void {
    this.#window.reset();
  }
}

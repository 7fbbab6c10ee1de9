/** What a network over a stream is made of: layers that keep what they will want again. */
import type { Machine } from "./machine.ts";
import { FrameQueue } from "./queue.ts";

/**
 * Takes frames from its own queue and puts what it makes of them into the next one's. Given all frames of a clip, in
 * whatever portions, it has made what the layer makes of the clip.
 */
export interface Layer {
  readonly input: FrameQueue;
  /** The next layer's queue. */
  output: FrameQueue;
  /** Frames that it makes at once at most. */
  readonly most: number;
  /** Numbers of a frame that it makes. */
  readonly size: number;
  /** Frames of its input from one of its output to the next. */
  readonly stride: number;
  /** Frames of its input that it waits for beyond the one at which an output lies. */
  readonly ahead: number;
  /** Makes what can be made. @param isLast Nothing comes after what waits now. */
  run(isLast: boolean): void;
  /** Begins anew. */
  reset(): void;
}

/** Layers one after the other, as they are laid out. */
export class Line {
  readonly machine: Machine;
  readonly layers: Layer[] = [];
  /** Frames that come at once at most. */
  most: number;
  /** Numbers of a frame. */
  size: number;
  /** Frames of the line's input from one frame here to the next. */
  stride = 1;
  /** Frames of the line's input that are waited for. */
  ahead = 0;

  constructor(machine: Machine, size: number, most: number) {
    this.machine = machine;
    this.size = size;
    this.most = most;
  }

  /** Adds a layer, which has made its own queue for {@link most} frames of {@link size} numbers. */
  add(layer: Layer): void {
    const last = this.layers.at(-1);
    if (last !== undefined) last.output = layer.input;
    this.layers.push(layer);
    this.ahead += this.stride * layer.ahead;
    this.stride *= layer.stride;
    this.most = layer.most;
    this.size = layer.size;
  }

  /** A queue for what comes, and for so many frames that were there before. */
  queue(before: number): FrameQueue {
    return new FrameQueue(this.machine, this.size, this.most + before);
  }

  /** The last layer's frames go here. @param before Frames that stay. */
  end(before: number): FrameQueue {
    const queue = this.queue(before);
    const last = this.layers.at(-1);
    if (last !== undefined) last.output = queue;
    return queue;
  }
}

/** What a layer says of itself where it differs from one that makes a frame like it of each frame by itself. */
export interface LayerForm {
  /** Frames that stay in its queue besides those that come. */
  readonly retained?: number;
  readonly most?: number;
  readonly size?: number;
  readonly stride?: number;
  readonly ahead?: number;
}

/** A layer with its queue. */
export abstract class QueuedLayer implements Layer {
  readonly input: FrameQueue;
  output: FrameQueue;
  readonly most: number;
  readonly size: number;
  readonly stride: number;
  readonly ahead: number;
  protected readonly machine: Machine;

  constructor(line: Line, { retained = 0, most, size, stride = 1, ahead = 0 }: LayerForm = {}) {
    this.machine = line.machine;
    this.input = line.queue(retained);
    this.output = nowhere(line.machine);
    this.most = most ?? line.most;
    this.size = size ?? line.size;
    this.stride = stride;
    this.ahead = ahead;
  }

  abstract run(isLast: boolean): void;

  reset(): void {
    this.input.clear();
  }
}

/** Where nothing has been laid out yet. */
export function nowhere(machine: Machine): FrameQueue {
  return new FrameQueue(machine, 0, 0);
}

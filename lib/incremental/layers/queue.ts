/** Frames that wait in memory for the layer that takes them in, the oldest first. */
import type { Machine } from "./machine.ts";

export class FrameQueue {
  /** Of the oldest frame. */
  readonly address: number;
  /** Numbers of a frame. */
  readonly size: number;
  /** Frames that it has room for. */
  readonly room: number;
  /** Frames that are there. */
  count = 0;
  readonly #machine: Machine;

  constructor(machine: Machine, size: number, room: number) {
    this.#machine = machine;
    this.size = size;
    this.room = room;
    this.address = machine.allocate(size * room);
  }

  /** Where the next frame goes; who writes there calls {@link grow} then. */
  get end(): number {
    return this.address + this.count * this.size * 4;
  }

  /** @throws {Error} If there is no room: the layers before make more at once than they said. */
  grow(frames: number): void {
    this.count += frames;
    if (this.count > this.room) {
      throw new Error(`${this.count} frames wait where there is room for ${this.room}`);
    }
  }

  addZeros(frames: number): void {
    this.#machine.fill(this.end, frames * this.size);
    this.grow(frames);
  }

  /** Forgets the oldest frames. */
  drop(frames: number): void {
    if (frames === 0) return;
    this.count -= frames;
    this.#machine.move(this.address, this.address + frames * this.size * 4, this.count * this.size);
  }

  /** Begins anew, behind so many frames of zeros. */
  clear(zeros = 0): void {
    this.count = 0;
    this.addZeros(zeros);
  }
}

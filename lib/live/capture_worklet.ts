/**
 * Runs in the page's audio thread: hands blocks of a microphone's sound on. It imports nothing and names nothing that
 * audio worklets lack, so that any bundler may copy it as it is.
 */

/** What an audio worklet's global scope has, and type libraries lack. */
interface WorkletScope {
  readonly AudioWorkletProcessor: new () => { readonly port: MessagePort };
  registerProcessor(name: string, processor: unknown): void;
}

const { AudioWorkletProcessor, registerProcessor } = globalThis as unknown as WorkletScope;

/** About 20 ms at 48 kHz: each message costs something, and each sample waited for is a delay. */
const BLOCK = 1024;

class Capture extends AudioWorkletProcessor {
  /** Its node's, or the one that it is sent, as of a worker that listens: then no block goes through the page's thread. */
  #to = this.port;
  #block = new Float32Array(BLOCK);
  #filled = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<MessagePort>) => this.#to = data;
  }

  /** The mean of all channels; of none, while nothing is connected, nothing. @returns Whether to go on. */
  process([channels]: readonly (readonly Float32Array[])[]): boolean {
    const length = channels?.[0]?.length ?? 0;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (const channel of channels!) sum += channel[i]!;
      this.#block[this.#filled++] = sum / channels!.length;
      if (this.#filled === BLOCK) this.#send();
    }
    return true;
  }

  #send(): void {
    this.#to.postMessage(this.#block, [this.#block.buffer]);
    this.#block = new Float32Array(BLOCK);
    this.#filled = 0;
  }
}

registerProcessor("keyword-spotter-capture", Capture);

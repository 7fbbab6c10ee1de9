/// <reference lib="dom" />
/** Sound of a microphone, by an audio worklet. Nothing here waits for a timer but what looks whether sound still comes. */
import type { SoundBlock } from "./sound.ts";

/** Where the worklet's script is. */
export interface WorkletScript {
  /** Its file, the first to be tried: content security policies allow the page's own files. */
  readonly address: URL | string;
  /** Its text, for where bundlers have moved this module and not the file. */
  readonly text: string;
}

/** What there is to know of a microphone while it is listened to. */
export type MicrophoneState =
  /** Sound comes. */
  | "listening"
  /** The browser holds sound back until somebody clicks or types, or during a call. */
  | "suspended";

export interface MicrophoneOptions {
  readonly worklet: WorkletScript;
  /** Ends listening; the stream's tracks are its owner's. */
  readonly signal?: AbortSignal | undefined;
  readonly onState?: ((state: MicrophoneState) => void) | undefined;
}

/** As the worklet is registered. */
const PROCESSOR = "keyword-spotter-capture";
/** Seconds without sound after which the graph is made anew, as devices come and go; and at most so many are kept waiting. */
const [STALLED_SECONDS, MOST_WAITING_SECONDS] = [4, 10];
const GESTURES = ["pointerdown", "keydown", "touchend"] as const;

/**
 * The stream's sound, at the rate that the browser runs its audio at, until all its tracks have ended.
 *
 * The audio context is made before anything is waited for, so that it may start where this is called in a click.
 *
 * @throws {Error} If the stream has no sound, the worklet cannot be loaded, or sound stays away.
 */
export async function* microphoneBlocks(
  stream: MediaStream,
  { worklet, signal, onState }: MicrophoneOptions,
): AsyncGenerator<SoundBlock> {
  const queue = new BlockQueue();
  let graph = openGraph(stream, queue, onState);
  const resume = () => void graph.context.resume().catch(() => {}); // asked again at the next gesture
  const end = () => queue.end();
  const tracks = stream.getAudioTracks();
  const ended = () => tracks.every(({ readyState }) => readyState === "ended") && end();
  for (const gesture of GESTURES) globalThis.addEventListener?.(gesture, resume);
  for (const track of tracks) track.addEventListener("ended", ended);
  signal?.addEventListener("abort", end);
  let [seen, rebuilt] = [0, false];
  const watch = setInterval(() => {
    const isHeld = graph.context.state !== "running" || tracks.every(({ muted }) => muted);
    if (queue.taken !== seen || isHeld) {
      if (isHeld) resume();
      [seen, rebuilt] = [queue.taken, false];
      return;
    }
    if (rebuilt) {
      return queue.fail(new Error("Cannot hear the microphone: its sound stopped. Choose it again"));
    }
    rebuilt = true; // some browsers go on saying that they run
    void graph.close();
    graph = openGraph(stream, queue, onState);
    graph.start(worklet).catch((error: Error) => queue.fail(error));
  }, STALLED_SECONDS * 1000);
  try {
    if (signal?.aborted === true) return;
    ended();
    await graph.start(worklet);
    yield* queue.blocks();
  } finally {
    clearInterval(watch);
    signal?.removeEventListener("abort", end);
    for (const track of tracks) track.removeEventListener("ended", ended);
    for (const gesture of GESTURES) globalThis.removeEventListener?.(gesture, resume);
    await graph.close();
  }
}

interface Graph {
  readonly context: AudioContext;
  start(worklet: WorkletScript): Promise<void>;
  close(): Promise<void>;
}

function openGraph(
  stream: MediaStream,
  queue: BlockQueue,
  onState: ((state: MicrophoneState) => void) | undefined,
): Graph {
  if (stream.getAudioTracks().length === 0) {
    throw new Error("Cannot listen to a stream without a track of sound: ask getUserMedia for audio");
  }
  const { context, source } = openContext(stream);
  const tell = () => {
    if (context.state === "closed") return;
    onState?.(context.state === "running" ? "listening" : "suspended");
    // "interrupted" too: after a call it goes on by itself only sometimes.
    if (context.state !== "running") void context.resume().catch(() => {});
  };
  context.addEventListener("statechange", tell);
  let node: AudioWorkletNode | undefined;
  return {
    context,
    async start(worklet) {
      await loadWorklet(context, worklet);
      if (context.state === "closed") return;
      node = new AudioWorkletNode(context, PROCESSOR);
      node.port.onmessage = ({ data }: MessageEvent<Float32Array>) =>
        queue.put({ samples: data, sampleRate: context.sampleRate });
      source.connect(node);
      node.connect(context.destination); // it gives silence; some browsers run only what is heard
      tell();
    },
    async close() {
      context.removeEventListener("statechange", tell);
      if (node !== undefined) node.port.onmessage = null;
      source.disconnect();
      if (context.state !== "closed") await context.close();
    },
  };
}

/** At the rate of the browser's choice, or at the microphone's where the two cannot be joined, as in Firefox. */
function openContext(stream: MediaStream) {
  const context = new AudioContext({ latencyHint: "interactive" });
  try {
    return { context, source: context.createMediaStreamSource(stream) };
  } catch (error) {
    const { sampleRate } = stream.getAudioTracks()[0]!.getSettings();
    void context.close();
    if (sampleRate === undefined) throw error;
    const own = new AudioContext({ latencyHint: "interactive", sampleRate });
    return { context: own, source: own.createMediaStreamSource(stream) };
  }
}

/** @throws {Error} If neither its file nor its text can be loaded. */
async function loadWorklet({ audioWorklet }: AudioContext, { address, text }: WorkletScript): Promise<void> {
  if (audioWorklet === undefined) {
    throw new Error(
      "Cannot use the microphone: this page is not secure. Serve it by https, or from localhost",
    );
  }
  try {
    return await audioWorklet.addModule(address);
  } catch (cause) {
    const blob = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    try {
      await audioWorklet.addModule(blob);
    } catch {
      throw new Error(
        `Cannot load the audio worklet from ${address}: it is not there, or the page's content security policy forbids ` +
          `it. Serve capture.js of this package from the page's own server, and give its address as worklet`,
        { cause },
      );
    } finally {
      URL.revokeObjectURL(blob);
    }
  }
}

/** Blocks between those who make and those who take them; the oldest are given up where nobody takes them. */
class BlockQueue {
  /** Blocks that came so far. */
  taken = 0;
  #waiting: SoundBlock[] = [];
  #waitingSeconds = 0;
  #wake: (() => void) | undefined;
  #ended = false;
  #error: Error | undefined;

  put(block: SoundBlock): void {
    this.taken++;
    this.#waiting.push(block);
    this.#waitingSeconds += secondsOf(block);
    while (this.#waitingSeconds > MOST_WAITING_SECONDS) {
      this.#waitingSeconds -= secondsOf(this.#waiting.shift()!);
    }
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  fail(error: Error): void {
    this.#error = error;
    this.#wake?.();
  }

  async *blocks(): AsyncGenerator<SoundBlock> {
    for (;;) {
      if (this.#error !== undefined) throw this.#error;
      const block = this.#waiting.shift();
      if (block !== undefined) {
        this.#waitingSeconds -= secondsOf(block);
        yield block;
      } else if (this.#ended) return;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

function secondsOf({ samples, sampleRate }: SoundBlock): number {
  return samples.length / sampleRate;
}

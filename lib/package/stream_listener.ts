/** A checkpoint that listens without tensors: frame by frame, or where that would be late, window by window. */
import { UserError } from "../base/errors.ts";
import { decodeTensors } from "../formats/safetensors.ts";
import { planSteps } from "../frontends/plan.ts";
import { openClipNetwork } from "../live/clip_network.ts";
import { lateReason, networkStream } from "../live/frame_stream.ts";
import type { ListenerOptions } from "../live/listener.ts";
import { FrameListener, type Listener, WindowListener } from "../live/pacing.ts";
import { type ClipCheckpoint, clipCheckpoint } from "../records/clip_checkpoint.ts";

/** Of what a model file may ask for: more is damage or malice, and would only fill the memory. */
const MOST = { rate: 384_000, clipSeconds: 60, classes: 10_000, values: 2 ** 26 } as const;

/**
 * Checks what a model file says of itself before anything is made of it: what a page loads may come from anywhere.
 *
 * @param bytes A safetensors file. @param name Names it in errors.
 * @throws {UserError} `bad-file` if it is no keyword spotter of this library, or says sizes that none has.
 */
export async function checkedModel(bytes: Uint8Array, name: string): Promise<ClipCheckpoint> {
  const checkpoint = clipCheckpoint(decodeTensors(bytes, name), name);
  const { sampleRate, clipSamples, classes, frontend } = checkpoint;
  within(name, "a sample rate in Hz", sampleRate, MOST.rate);
  within(name, "seconds of a clip", clipSamples / sampleRate, MOST.clipSeconds);
  within(name, "classes", classes.length, MOST.classes);
  const chain = await planSteps(frontend.steps);
  const values = [...chain.specs, ...chain.frozenSpecs].reduce(
    (count, { shape }) => count + shape.reduce((size, n) => size * n, 1),
    chain.framing.frames(clipSamples),
  );
  within(name, "values in its front-end and its frames", values, MOST.values);
  return checkpoint;
}

/**
 * @param bytes A safetensors file that was checked. @param name Names it in errors.
 * @returns What listens, or why it takes tensors to do so.
 * @throws {UserError} `bad-file` if its tensors are not those of the network that it names.
 */
export async function streamListener(
  bytes: Uint8Array,
  name: string,
  { hopSeconds, inputRate, kernels }: ListenerOptions,
): Promise<Listener | { readonly needsTensors: string }> {
  const open = await openClipNetwork(decodeTensors(bytes, name), name);
  try {
    const stream = await networkStream(open, hopSeconds, kernels);
    const late = lateReason(stream);
    if (late === null) return new FrameListener(open.checkpoint, stream, inputRate);
    const { sampleRate, clipSamples, network: { framing: { hopSamples } } } = open;
    const whole = await networkStream(open, clipSamples / sampleRate, kernels);
    // A stream of its own that ends with the window, so that its logits are those of a clip.
    const decide = (clip: Float32Array) => Promise.resolve([...whole.push(clip), ...whole.flush()].at(-1)!);
    const pace = { inputRate, hopSeconds, hopSamples };
    return new WindowListener(open.checkpoint, late, pace, decide);
  } catch (error) {
    if (!(error instanceof UserError && error.reason === "bad-config")) throw error;
    return { needsTensors: error.message };
  } finally {
    open[Symbol.dispose]();
  }
}

function within(name: string, what: string, found: number, most: number): void {
  if (found > 0 && found <= most) return;
  refuse(name, `${found} ${what}`, `more than 0, at most ${most}`);
}

function refuse(name: string, found: string, wanted: string): never {
  throw new UserError(
    "bad-file",
    `Cannot listen with ${name}: found ${found}, wanted ${wanted}. Take a model that this library exported.`,
  );
}

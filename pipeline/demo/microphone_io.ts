/// <reference lib="dom" />
/** The microphone as blocks of samples, or a sentence that says why there is none. */
import { workletAddress } from "./parts_io.ts";
import { FILES } from "./routes.ts";

/** A microphone that is open until it is closed. */
export interface Microphone {
  /** In Hz. */
  readonly sampleRate: number;
  /** Blocks of samples come here; may be handed on. */
  readonly port: MessagePort;
  close(): Promise<void>;
}

/** What calls filter out helps them; models were trained on sound as it comes. */
const AS_IT_IS = {
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: false,
  channelCount: 1,
};

/**
 * Called where somebody clicked: sound begins to run nowhere else.
 * @param onLost The microphone went away. @throws {Error} A sentence on why there is none, and what to do.
 */
export async function openMicrophone(onLost: () => void): Promise<Microphone> {
  if (navigator.mediaDevices === undefined) throw new Error(whyNone());
  const audio = new AudioContext({ latencyHint: "interactive" });
  let stream: MediaStream | undefined;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: AS_IT_IS });
    await Promise.all([audio.resume(), audio.audioWorklet.addModule(workletAddress(FILES.capture))]);
  } catch (error) {
    for (const track of stream?.getTracks() ?? []) track.stop();
    void audio.close();
    throw new Error(sentenceOf(error as Error), { cause: error });
  }
  const node = new AudioWorkletNode(audio, "keyword-spotter-capture", { numberOfOutputs: 0 });
  const { port1, port2 } = new MessageChannel();
  node.port.postMessage(port1, [port1]);
  audio.createMediaStreamSource(stream).connect(node);
  const tracks = stream.getTracks();
  for (const track of tracks) track.addEventListener("ended", onLost);
  return {
    sampleRate: audio.sampleRate,
    port: port2,
    async close() {
      for (const track of tracks) track.stop();
      await audio.close();
    },
  };
}

/** Why a browser has none for this page, and what to do. */
function whyNone(): string {
  return location.protocol === "file:"
    ? "This browser has no microphone for a page that was opened as a file: let a web server serve it, or open a recording."
    : "Browsers have a microphone only for pages of https, or of this machine: serve it so, or open a recording.";
}

function sentenceOf({ name, message }: Error): string {
  switch (name) {
    case "NotAllowedError":
      return "The microphone may not be used: allow it in the browser's address bar, or open a recording. A page inside " +
        'another one needs allow="microphone" there.';
    case "NotFoundError":
      return "No microphone was found: connect one, or open a recording.";
    default:
      return `The microphone cannot be used: ${message}.`;
  }
}

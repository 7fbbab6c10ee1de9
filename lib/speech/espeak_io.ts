/** eSpeak NG (formant synthesis), from the npm package `@echogarden/espeak-ng-emscripten`. */
import { ESPEAK_ACCENTS, ESPEAK_SPEAKERS } from "./catalogue.ts";
import {
  type EngineVoice,
  type SpeechEngine,
  type SpeechEvent,
  type SynthesizedSpeech,
  unknownVariant,
} from "./engine.ts";
import { takeMemoryImage } from "./memory_image.ts";

/** Words a minute at eSpeak's own speed; it accepts 80 to 450. */
const NORMAL_WORDS_PER_MINUTE = 175;
/** Steps of eSpeak's pitch setting (0 to 99, normal 50) in a semitone, measured between 30 and 70. */
const PITCH_STEPS_PER_SEMITONE = 5.2;

interface EspeakModule {
  readonly HEAPU8: Uint8Array;
  readonly eSpeakNGWorker: new () => EspeakWorker;
}

interface EspeakWorker {
  get_samplerate(): number;
  set_voice(name: string, language: string, gender: number, age: number, variant: number): number;
  set_pitch(pitch: number): void;
  set_rate(wordsPerMinute: number): void;
  /** The callback gets pieces of audio and what is said in them, in order; returning true stops. */
  synthesize(
    text: string,
    callback: (audio: Int16Array | null, events: readonly EspeakEvent[]) => boolean,
  ): void;
}

interface EspeakEvent {
  readonly type: string;
  /** In milliseconds. */
  readonly audio_position: number;
  /** Of a phoneme: its IPA with stress marks, "" for a pause. */
  readonly id?: string | number;
}

type EspeakFactory = (options: {
  readonly thisProgram: string;
  readonly arguments: readonly string[];
  readonly getPreloadedPackage: () => ArrayBuffer;
  readonly print: () => void;
  readonly printErr: () => void;
}) => Promise<EspeakModule>;

/** Loads eSpeak NG; its data file is read from the package's folder. */
export async function openEspeak(): Promise<SpeechEngine> {
  const packageUrl = import.meta.resolve("@echogarden/espeak-ng-emscripten");
  const data = await Deno.readFile(new URL("espeak-ng.data", packageUrl));
  const { default: factory } = await import("@echogarden/espeak-ng-emscripten") as unknown as {
    readonly default: EspeakFactory;
  };
  const module = await inOneLanguage(() =>
    factory({
      // By default the path of the main module: how long it is would decide where things lie in memory, and with
      // that what eSpeak finds in memory that it reads before it has written it.
      thisProgram: "espeak-ng",
      arguments: [],
      getPreloadedPackage: () => data.buffer,
      print: () => {},
      printErr: () => {},
    })
  );
  const worker = withFrozenClock(() => new module.eSpeakNGWorker());
  const reset = takeMemoryImage(() => module.HEAPU8);
  const variants = new Set(
    ESPEAK_ACCENTS.flatMap((
      accent,
    ) => [accent, ...ESPEAK_SPEAKERS.map(({ variant }) => `${accent}+${variant}`)]),
  );
  return {
    name: "espeak",
    synthesize(text, voice) {
      // eSpeak itself silently falls back to its default for an unknown speaker.
      if (!variants.has(voice.variant)) throw unknownVariant("espeak", voice.variant, ESPEAK_ACCENTS);
      reset();
      return speak(worker, text, voice);
    },
  };
}

function speak(worker: EspeakWorker, text: string, voice: EngineVoice): SynthesizedSpeech {
  worker.set_voice(voice.variant, "", 0, 0, 0);
  worker.set_pitch(clamp(Math.round(50 + PITCH_STEPS_PER_SEMITONE * voice.semitones), 0, 99));
  worker.set_rate(clamp(Math.round(NORMAL_WORDS_PER_MINUTE * voice.speed), 80, 450));
  const pieces: Int16Array[] = [];
  const events: SpeechEvent[] = [];
  worker.synthesize(text, (audio, reported) => {
    if (audio !== null) pieces.push(audio);
    events.push(...reported.flatMap(speechEvents));
    return false;
  });
  const samples = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    for (const value of piece) samples[at++] = value / 32768;
  }
  return { samples, sampleRate: worker.get_samplerate(), events };
}

/** None for events other than the beginning of a phone or a pause. */
function speechEvents({ type, audio_position, id }: EspeakEvent): SpeechEvent[] {
  if (type !== "phoneme") return [];
  const phone = ownName(String(id ?? "")).replace(/[\u02c8\u02cc]/g, ""); // the two marks of stress
  return [{ seconds: audio_position / 1000, phone: phone === "" ? null : phone }];
}

/** A name that fills its eight bytes has no end, and is read on into the event behind it. */
function ownName(name: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(name).subarray(0, 8));
}

/** eSpeak seeds its random numbers with the time at its start; the build gives no other way to set the seed. */
function withFrozenClock<T>(make: () => T): T {
  const now = Date.now;
  Date.now = () => 0;
  try {
    return make();
  } finally {
    Date.now = now;
  }
}

/** The user's language is copied into the module's memory, as its environment is: see the program's name. */
async function inOneLanguage<T>(make: () => Promise<T>): Promise<T> {
  Object.defineProperty(navigator, "languages", { value: ["en-US"], configurable: true });
  try {
    return await make();
  } finally {
    delete (navigator as { languages?: unknown }).languages; // the own property: the prototype's shows again
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

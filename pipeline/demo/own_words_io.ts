/// <reference lib="dom" />
/** The panel of own words: record, listen, delete, learn, save. */
import { printable } from "../../lib/base/printable.ts";
import { pcmRecording } from "../../lib/audio/recording.ts";
import type { Take } from "../../lib/enrol/takes.ts";
import { button, element } from "./dom_io.ts";
import type { LoadedModel, Order, Report } from "./messages.ts";
import { type Microphone, openMicrophone } from "./microphone_io.ts";
import { FEWEST_TAKES, MOST_TAKES, type OwnTake, OwnWords } from "./own_words.ts";
import { DOUBTFUL, learntText } from "./wording.ts";

/** What a recording has besides a clip's length: nobody begins at once. */
const ROOM_SECONDS = 0.75;

/** What the panel needs of the page. */
export interface PanelHost {
  send(order: Order): void;
  /** Ends what listens: there is one microphone. */
  stop(): Promise<void>;
  /** Nothing else can be begun meanwhile. */
  busy(is: boolean): void;
  /** Goes back to the chosen model without own words. */
  reload(): void;
  /** Files of embeddings of what models were trained on, to tell words from. */
  backgrounds(): Promise<readonly ArrayBuffer[]>;
}

export class OwnWordsPanel {
  readonly #host: PanelHost;
  readonly #own = new OwnWords();
  /** What the model tells without own words. */
  #classes: readonly string[] = [];
  #clipSeconds = 1;
  #learnt: ReadonlySet<string> = new Set();
  /** Recordings that the worker looks at, by their number. */
  readonly #checking = new Map<number, (problem: string | null) => void>();
  #checks = 0;
  /** Told when the worker has learnt, or not. */
  #finished = (): void => {};
  #saved: string | undefined;
  readonly #word = element("own-word", HTMLInputElement);
  readonly #record = element("own-record", HTMLButtonElement);
  readonly #files = element("own-files", HTMLInputElement);
  readonly #learn = element("own-learn", HTMLButtonElement);
  readonly #save = element("own-save", HTMLAnchorElement);
  #isReady = false;

  constructor(host: PanelHost) {
    this.#host = host;
    element("own-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#attempt(() => this.#recordOne());
    });
    this.#files.addEventListener("change", () => {
      const chosen = [...this.#files.files ?? []];
      this.#files.value = "";
      void this.#attempt(() => this.#addFiles(chosen));
    });
    this.#learn.addEventListener("click", () => {
      if (this.#own.words.length === 0) this.#host.reload();
      else void this.#attempt(() => this.#learnAll());
    });
    this.#draw();
  }

  /** Another model was chosen: own words are kept, and are to be learnt anew. */
  chosen({ classes, clipSamples, sampleRate }: LoadedModel): void {
    this.#classes = classes;
    this.#clipSeconds = clipSamples / sampleRate;
    this.#forget();
    this.#draw();
  }

  /** Whether a word is one of those that were learnt here. */
  has(word: string): boolean {
    return this.#learnt.has(word);
  }

  ready(is: boolean): void {
    this.#isReady = is;
    this.#draw();
  }

  /** Something was taken for an own word, and was none. */
  falseAlarm(recording: Omit<Take, "name">): void {
    this.#own.addFalseAlarm(recording);
    this.#tell("Kept as what the word is not. Learn again, so that it counts.");
    this.#draw();
  }

  checked({ id, problem }: Extract<Report, { type: "checked" }>): void {
    this.#checking.get(id)?.(problem);
    this.#checking.delete(id);
  }

  progress({ done, total }: Extract<Report, { type: "learning" }>): void {
    this.#tell(`Learning … ${Math.round(100 * done / total)} %`);
  }

  learnt(report: Extract<Report, { type: "learned" }>): void {
    this.#learnt = new Set(report.words.map(({ word }) => word));
    for (const { word, takes } of report.words) {
      const own = this.#own.words.find((one) => one.word === word)?.takes ?? [];
      for (const [i, { score }] of takes.entries()) if (own[i] !== undefined) own[i].score = score;
    }
    if (this.#saved !== undefined) URL.revokeObjectURL(this.#saved);
    this.#saved = URL.createObjectURL(new Blob([report.checkpoint], { type: "application/octet-stream" }));
    this.#save.href = this.#saved;
    this.#save.download = `${[...this.#learnt].join("-").replace(/\s+/g, "_")}.safetensors`;
    this.#tell(learntText(report));
    this.#finished();
  }

  failed(message: string): void {
    this.#tell(message, true);
    this.#finished();
  }

  #forget(): void {
    this.#learnt = new Set();
    for (const { takes } of this.#own.words) for (const take of takes) take.score = undefined;
    if (this.#saved !== undefined) URL.revokeObjectURL(this.#saved);
    this.#saved = undefined;
    this.#tell("");
  }

  /** Does one thing, and says what went wrong with it. */
  async #attempt(action: () => Promise<void>): Promise<void> {
    this.#host.busy(true);
    try {
      await action();
    } catch (error) {
      this.#tell((error as Error).message, true);
    } finally {
      this.#host.busy(false);
    }
  }

  async #recordOne(): Promise<void> {
    const word = this.#own.named(this.#word.value, this.#classes);
    await this.#host.stop();
    let lost = (_: Error): void => {};
    const gone = new Promise<never>((_, reject) => lost = reject);
    const microphone = await openMicrophone(() => lost(new Error("The microphone went away.")));
    try {
      const seconds = this.#clipSeconds + ROOM_SECONDS;
      const samples = await Promise.race([
        gone,
        recorded(microphone, seconds, () => this.#tell(`Say “${word}” now.`)),
      ]);
      await this.#keep(word, { samples, sampleRate: microphone.sampleRate });
    } finally {
      await microphone.close();
    }
  }

  async #addFiles(files: readonly File[]): Promise<void> {
    for (const file of files) {
      const word = this.#own.named(this.#word.value, this.#classes);
      const recording = pcmRecording(new Uint8Array(await file.arrayBuffer()), file.name);
      const { sampleRate, frames } = recording;
      await this.#keep(word, { samples: recording.decode(0, frames), sampleRate }, file.name);
    }
  }

  /** What cannot be learnt from is not kept: a sentence says why. */
  async #keep(word: string, recording: Omit<Take, "name">, name = "the recording"): Promise<void> {
    const problem = await new Promise<string | null>((resolve) => {
      this.#checking.set(++this.#checks, resolve);
      this.#host.send({ type: "check", id: this.#checks, take: { ...recording, name } });
    });
    if (problem !== null) throw new Error(problem);
    this.#own.add(word, recording);
    this.#tell(this.#own.hindrance ?? "Enough to learn from. More recordings, made differently, do better.");
    this.#draw();
  }

  /** Ends when the worker has learnt, or says why not. */
  async #learnAll(): Promise<void> {
    await this.#host.stop();
    this.#tell("Learning …");
    const plain = ({ name, samples, sampleRate }: OwnTake): Take => ({ name, samples, sampleRate });
    const backgrounds = await this.#host.backgrounds();
    await new Promise<void>((resolve) => {
      this.#finished = resolve;
      this.#host.send({
        type: "learn",
        words: this.#own.words.map(({ word, takes }) => ({ word, takes: takes.map(plain) })),
        falseAlarms: this.#own.falseAlarms.map(plain),
        backgrounds,
      });
    });
  }

  #draw(): void {
    const { words, falseAlarms, hindrance } = this.#own;
    const rows = words.map(({ word, takes }) =>
      this.#row(word, `${takes.length} of ${FEWEST_TAKES} to ${MOST_TAKES} recordings`, takes)
    );
    if (falseAlarms.length > 0) {
      rows.push(
        this.#row("False alarms", `${falseAlarms.length} kept, as what the words are not`, falseAlarms),
      );
    }
    element("own-list", HTMLElement).replaceChildren(...rows);
    const isLearnt = this.#learnt.size > 0;
    this.#record.disabled = this.#files.disabled = !this.#isReady;
    this.#learn.disabled = !this.#isReady || (hindrance !== null && !(words.length === 0 && isLearnt));
    this.#learn.textContent = words.length === 0 && isLearnt
      ? "Forget all"
      : isLearnt
      ? "Learn again"
      : "Learn";
    this.#save.hidden = this.#saved === undefined;
  }

  #row(name: string, note: string, takes: readonly OwnTake[]): HTMLElement {
    const row = document.createElement("li");
    const [title, aside, chips] = ["strong", "span", "span"].map((tag) => document.createElement(tag));
    title!.textContent = printable(name);
    aside!.textContent = note;
    aside!.className = "aside";
    chips!.className = "chips";
    chips!.append(...takes.map((take, i) => this.#chip(name, take, i + 1)));
    row.append(title!, aside!, chips!);
    return row;
  }

  #chip(name: string, take: OwnTake, number: number): HTMLElement {
    const chip = document.createElement("span");
    chip.className = "chip";
    const score = typeof take.score === "number" ? ` · ${Math.round(100 * take.score)} %` : "";
    chip.classList.toggle("doubtful", typeof take.score === "number" && take.score < DOUBTFUL);
    const remove = () => {
      this.#own.remove(take.id);
      this.#tell(this.#own.hindrance ?? "");
      this.#draw();
    };
    chip.append(
      button(`▶ ${number}${score}`, `Play ${name}, recording ${number}`, () => play(take)),
      button("✕", `Delete ${name}, recording ${number}`, remove),
    );
    return chip;
  }

  #tell(text: string, isError = false): void {
    const status = element("own-status", HTMLElement);
    status.textContent = printable(text);
    status.classList.toggle("error", isError);
  }
}

/** @param onBegin Told when the first samples are there. */
async function recorded(
  { port, sampleRate }: Microphone,
  seconds: number,
  onBegin: () => void,
): Promise<Float32Array> {
  const samples = new Float32Array(Math.round(seconds * sampleRate));
  let filled = 0;
  return await new Promise((resolve) => {
    port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
      if (filled === 0) onBegin();
      const fresh = data.subarray(0, samples.length - filled);
      samples.set(fresh, filled);
      filled += fresh.length;
      if (filled === samples.length) resolve(samples);
    };
  });
}

function play({ samples, sampleRate }: Take): void {
  const audio = new AudioContext();
  const buffer = audio.createBuffer(1, samples.length, sampleRate);
  buffer.copyToChannel(Float32Array.from(samples), 0);
  const source = new AudioBufferSourceNode(audio, { buffer });
  source.connect(audio.destination);
  source.addEventListener("ended", () => void audio.close());
  source.start();
}

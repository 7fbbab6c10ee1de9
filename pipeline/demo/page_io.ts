/// <reference lib="dom" />
/** The live page: controls, views, and the talk with the recognising worker. */
import { printable } from "../../lib/base/printable.ts";
import { movedTo, thresholdOf } from "../../lib/live/thresholds.ts";
import type { Thresholds } from "../../lib/records/operating_point.ts";
import { button, element } from "./dom_io.ts";
import { History, SHOWN_SECONDS } from "./history.ts";
import type {
  BackendChoice,
  HeardStretch,
  LoadedModel,
  Offer,
  OfferedModel,
  Order,
  Report,
  WorkerFiles,
} from "./messages.ts";
import { type Microphone, openMicrophone } from "./microphone_io.ts";
import { OwnWordsPanel } from "./own_words_io.ts";
import { part, workerAddress } from "./parts_io.ts";
import { FILES, modelAddress } from "./routes.ts";
import { colourOf, drawBands, drawChart, drawWave, wordOf } from "./views.ts";
import { listeningText, ruleText } from "./wording.ts";

/** Of a stream; of a recording all are named, as far as a page goes. */
const [MOST_WORDS, MOST_WORDS_OF_FILE] = [8, 200];
/** A longer recording is heard whole too, but the views show its last minutes. */
const MOST_SHOWN_SECONDS = 120;

const listen = element("listen", HTMLButtonElement);
const file = element("file", HTMLInputElement);
const models = element("model", HTMLSelectElement);
const backend = element("backend", HTMLSelectElement);
const threshold = element("threshold", HTMLInputElement);
const word = element("word", HTMLElement);
const words = element("words", HTMLElement);
const canvas = (id: string) => element(id, HTMLCanvasElement);

/** Of a class. */
interface Bar {
  readonly row: HTMLElement;
  readonly fill: HTMLElement;
  /** At its threshold. */
  readonly mark: HTMLElement;
  readonly value: HTMLElement;
}

let worker: Worker | undefined;
const send = (order: Order, transfer: Transferable[] = []) => worker?.postMessage(order, transfer);

let offer: Offer = { models: [], backgrounds: [] };
/** Models that were opened as files, by their ids. */
const opened = new Map<string, ArrayBuffer>();
let model: LoadedModel | undefined;
let history: History | undefined;
let bars: readonly Bar[] = [];
let microphone: Microphone | undefined;
let drawing = false;
/** Least mean probabilities at which words are detected: the slider's, or finer than that where a stream chose them. */
let limits: Thresholds = { threshold: threshold.valueAsNumber };
const delays: { readonly compute: number; readonly lag: number }[] = [];

function take(data: Report): void {
  switch (data.type) {
    case "opened": {
      const name = data.backend === "webgpu" ? "WebGPU" : "WebAssembly";
      element("backend-name", HTMLElement).textContent = `${name}, ${data.device}`;
      void loadChosen();
      break;
    }
    case "loaded":
      own.chosen(data.model);
      show(data.model);
      break;
    case "heard":
      hear(data);
      break;
    case "clip":
      showClip(data);
      break;
    case "ended":
      tellHeard(data);
      break;
    case "checked":
      own.checked(data);
      break;
    case "learning":
      own.progress(data);
      break;
    case "learned":
      show(data.model);
      own.learnt(data);
      break;
    case "unlearned":
      own.failed(data.message);
      break;
    case "failed":
      fail(data.message);
      break;
    default:
      data satisfies never;
  }
}

listen.addEventListener("click", () => void (microphone === undefined ? start() : stop()));
models.addEventListener("change", () => void stop().then(loadChosen));
backend.addEventListener("change", () => {
  const address = new URL(location.href);
  address.searchParams.set("backend", backend.value);
  location.assign(address);
});
threshold.addEventListener("input", () => {
  setLimit(threshold.valueAsNumber);
  redraw();
});
file.addEventListener("change", () => {
  if (file.files?.[0] !== undefined) void open(file.files[0]);
  file.value = "";
});
addEventListener("resize", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
acceptDrops(element("drop", HTMLElement));
const own = new OwnWordsPanel({
  send,
  stop,
  busy: (is) => ready(!is),
  reload: () => void loadChosen(),
  backgrounds: () => Promise.all(offer.backgrounds.map(part)),
});

const wanted = new URL(location.href).searchParams.get("backend");
backend.value = wanted === "webgpu" || wanted === "wasm" ? wanted : "auto";
begin().catch((error: Error) => fail(error.message));

async function begin(): Promise<void> {
  const [list, script, files] = await Promise.all([
    part(FILES.models),
    workerAddress(FILES.worker),
    workerFiles(),
  ]);
  worker = new Worker(script); // of pages that were opened as files, browsers let no worker be a module
  worker.onmessage = ({ data }: MessageEvent<Report>) => take(data);
  worker.onerror = ({ message }) => fail(message || "The recogniser could not be loaded.");
  offer = JSON.parse(new TextDecoder().decode(list));
  for (const one of offer.models) models.append(new Option(nameOf(one), one.id));
  // Of the best models, one that learned a front-end has the most to show.
  models.value = (offer.models.find(({ learned }) => learned) ?? offer.models[0]!).id;
  send({ type: "open", backend: backend.value as BackendChoice, files });
}

/** Threads need memory that they share, which only pages have that their server isolates from others. */
async function workerFiles(): Promise<WorkerFiles> {
  const threads = async () => {
    if (globalThis.SharedArrayBuffer === undefined) return null;
    const [kernels, script] = await Promise.all([part(FILES.sharedKernels), part(FILES.thread)]);
    return { kernels, script };
  };
  const [backend, kernels, shared] = await Promise.all([part(FILES.backend), part(FILES.kernels), threads()]);
  return { backend, kernels, threads: shared };
}

/** How well it does on what, which is seen before a long name is cut off, and what it is called. */
function nameOf({ run, dataset, accuracy, tested }: OfferedModel): string {
  const of = tested === null ? "" : ` (${tested.toLocaleString("en")} clips)`;
  const score = accuracy === null ? "not tested" : `${(100 * accuracy).toFixed(1)} %`;
  return printable(`${score}${dataset === "" ? "" : ` on ${dataset}`}${accuracy === null ? "" : of}: ${run}`);
}

async function loadChosen(): Promise<void> {
  const id = models.value;
  const run = offer.models.find((one) => one.id === id)?.run ?? id;
  tell(`Loading ${run} …`);
  ready(false);
  try {
    const bytes = opened.get(id) ?? await part(modelAddress(id));
    if (models.value === id) send({ type: "load", bytes, run });
  } catch (error) {
    fail((error as Error).message);
  }
}

function show(loaded: LoadedModel): void {
  model = loaded;
  const learned = loaded.trained;
  element("learned-note", HTMLElement).textContent = learned.length === 0
    ? "nothing in it was trained: the initial one is the same"
    : learned.join(" and ");
  document.querySelector("main")!.classList.toggle("alike", learned.length === 0);
  document.querySelector<HTMLElement>(".initial")!.hidden = learned.length === 0;
  element("window", HTMLElement).textContent = `${(loaded.clipSamples / loaded.sampleRate).toFixed(1)} s at ${
    loaded.sampleRate / 1000
  } kHz`;
  makeBars(loaded.classes);
  element("clip", HTMLElement).hidden = true;
  forget();
  threshold.valueAsNumber = loaded.rule.threshold;
  setLimit(loaded.rule.threshold); // the slider's steps are coarser
  element("listens", HTMLElement).textContent = listeningText(loaded);
  element("rule", HTMLElement).textContent = ruleText(loaded);
  const spoken = loaded.classes.filter((label) => !label.startsWith("_"));
  tell(`Say ${spoken.slice(0, -1).join(", ")} or ${spoken.at(-1)}.`);
  ready(true);
}

/** Words' own thresholds move along. */
function setLimit(value: number): void {
  limits = movedTo(model?.rule ?? limits, value);
  for (const [c, { mark }] of bars.entries()) {
    const label = model!.classes[c]!;
    mark.hidden = label.startsWith("_");
    mark.style.left = `${100 * thresholdOf(limits, label)}%`;
    mark.title = `heard from ${percentOf(thresholdOf(limits, label))} on`;
  }
  element("threshold-value", HTMLElement).textContent = percentOf(value);
  send({ type: "threshold", threshold: value });
}

/** As exact as it matters near 1. */
function percentOf(value: number): string {
  return `${Number((100 * value).toPrecision(value > 0.99 ? 4 : 2))} %`;
}

/** Empties the views. @param seconds That they are to show. */
function forget(seconds = SHOWN_SECONDS): void {
  history = new History(model!, seconds);
  const shown = history.span === SHOWN_SECONDS
    ? `the last ${SHOWN_SECONDS} s`
    : `${history.span.toFixed(1)} s`;
  for (const span of document.querySelectorAll(".span")) span.textContent = shown;
  word.textContent = "…";
  word.style.color = "";
  words.replaceChildren();
  delays.length = 0;
  redraw();
}

async function start(): Promise<void> {
  ready(false);
  try {
    microphone = await openMicrophone(() => void stop().then(() => fail("The microphone went away.")));
    const { port, sampleRate } = microphone;
    forget();
    send({ type: "listen", port, sampleRate }, [port]);
    listen.textContent = "Stop";
    tell("Listening.");
  } catch (error) {
    fail((error as Error).message);
  }
  ready(true);
}

async function stop(): Promise<void> {
  if (microphone === undefined) return;
  const open = microphone;
  microphone = undefined;
  await open.close();
  send({ type: "stop" });
  listen.textContent = "Listen";
  tell("Stopped.");
}

async function open(recording: File): Promise<void> {
  await stop();
  if (/\.safetensors$/i.test(recording.name)) return await openModel(recording);
  if (model === undefined) return;
  ready(false);
  tell(`Hearing ${recording.name} …`);
  const bytes = await recording.arrayBuffer();
  send({ type: "file", name: recording.name, bytes }, [bytes]);
}

/** It stands at the end of the list from now on. */
async function openModel(given: File): Promise<void> {
  if (!opened.has(given.name)) models.append(new Option(printable(given.name), given.name));
  opened.set(given.name, await given.arrayBuffer());
  models.value = given.name;
  await loadChosen();
}

function hear(stretch: HeardStretch): void {
  if (history === undefined || model === undefined) return;
  history.add(stretch);
  const newest = stretch.moments.at(-1);
  if (newest !== undefined) showBars(newest.probabilities);
  for (const { label, seconds } of stretch.detections) showWord(label, seconds, stretch.seconds);
  delays.push({ compute: stretch.computeMs, lag: stretch.lagMs });
  if (delays.length > 30) delays.shift();
  const hop = (1000 * model.rule.hopSeconds).toFixed(0);
  element("compute", HTMLElement).textContent = `${
    median(delays.map((d) => d.compute)).toFixed(1)
  } ms of ${hop} ms`;
  element("lag", HTMLElement).textContent = `${median(delays.map((d) => d.lag)).toFixed(1)} ms`;
  redraw();
}

function showBars(probabilities: Float32Array): void {
  const best = probabilities.indexOf(Math.max(...probabilities));
  for (const [c, { fill, value, row }] of bars.entries()) {
    fill.style.transform = `scaleX(${probabilities[c]!.toFixed(3)})`;
    value.textContent = `${Math.round(100 * probabilities[c]!)} %`;
    row.classList.toggle("top", c === best);
  }
}

/** @param now The newest sample's time: what was heard is a little older. */
function showWord(label: string, seconds: number, now: number): void {
  const colour = colourOf(model!.classes, label);
  word.textContent = wordOf(label);
  word.style.color = colour;
  word.classList.remove("new");
  void word.offsetWidth; // starts the animation again
  word.classList.add("new");
  const item = document.createElement("li");
  item.dataset["word"] = label;
  item.dataset["seconds"] = seconds.toFixed(1);
  item.textContent = wordAt(item);
  if (own.has(label)) item.append(falseAlarmOf(label, now - seconds));
  words.prepend(item);
  const most = microphone === undefined ? MOST_WORDS_OF_FILE : MOST_WORDS;
  while (words.children.length > most) words.lastElementChild!.remove();
}

/** "yes 4.2 s" */
function wordAt({ dataset: { word, seconds } }: HTMLElement): string {
  return `${wordOf(word!)} ${seconds} s`;
}

/** Keeps what was taken for a word, all windows of the mean that decided. @param age In seconds. */
function falseAlarmOf(label: string, age: number): HTMLElement {
  const { sampleRate, clipSamples, rule: { smoothing, hopSeconds } } = model!;
  const samples = history!.wave.last(clipSamples + Math.ceil((age + smoothing * hopSeconds) * sampleRate));
  const made = button("false alarm", `That was a false alarm: ${wordOf(label)} was not said`, () => {
    own.falseAlarm({ samples, sampleRate });
    made.disabled = true;
  });
  return made;
}

function showClip({ name, seconds, logits, probabilities }: Extract<Report, { type: "clip" }>): void {
  const { classes, clipSamples, sampleRate } = model!;
  const whole = clipSamples / sampleRate;
  // Half a window of silence is heard behind the end, and what decisions wait for.
  const heard = seconds + whole / 2 + model!.listens.delaySeconds;
  forget(Math.min(MOST_SHOWN_SECONDS, Math.max(SHOWN_SECONDS, heard)));
  element("clip-title", HTMLElement).textContent = seconds > whole + 0.005
    ? `${name}: its first ${whole.toFixed(1)} s, as the pipeline evaluates a clip`
    : `${name}, as the pipeline evaluates it`;
  const order = [...classes.keys()].sort((a, b) => logits[b]! - logits[a]!);
  element("clip-rows", HTMLElement).replaceChildren(...order.map((c) => {
    const row = document.createElement("tr");
    row.dataset["class"] = classes[c]!;
    row.dataset["logit"] = String(logits[c]!);
    const cells = [wordOf(classes[c]!), `${(100 * probabilities[c]!).toFixed(1)} %`, logits[c]!.toFixed(4)];
    row.append(...cells.map((text) => {
      const cell = document.createElement("td");
      cell.textContent = text;
      return cell;
    }));
    return row;
  }));
  element("clip", HTMLElement).hidden = false;
}

/** All words of a recording, in the order in which they were said. */
function tellHeard({ name, seconds }: Extract<Report, { type: "ended" }>): void {
  const heard = [...words.querySelectorAll("li")].map(wordAt).reverse();
  tell(`${name}, all ${seconds.toFixed(1)} s: ${heard.length === 0 ? "no word" : heard.join(", ")}.`);
  ready(true);
}

function makeBars(classes: readonly string[]): void {
  const list = element("bars", HTMLElement);
  bars = classes.map((label) => {
    const row = document.createElement("li");
    const [name, track, fill, mark, value] = Array.from({ length: 5 }, () => document.createElement("span"));
    name!.textContent = wordOf(label);
    track!.className = "track";
    fill!.className = "fill";
    fill!.style.background = colourOf(classes, label);
    mark!.className = "mark";
    value!.className = "value";
    track!.append(fill!, mark!);
    row.append(name!, track!, value!);
    return { row, fill: fill!, mark: mark!, value: value! };
  });
  list.replaceChildren(...bars.map(({ row }) => row));
}

/** Once for all that came since the screen was drawn. */
function redraw(): void {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    if (history === undefined || model === undefined) return;
    drawWave(canvas("wave"), history);
    drawBands(canvas("learned"), history.learned, model.shown);
    drawBands(canvas("initial"), history.initial, model.shown);
    drawChart(canvas("chart"), history, model.classes, limits);
  });
}

function acceptDrops(curtain: HTMLElement): void {
  addEventListener("dragenter", (event) => {
    event.preventDefault();
    curtain.hidden = false;
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) curtain.hidden = true;
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    curtain.hidden = true;
    const dropped = event.dataTransfer?.files[0];
    if (dropped !== undefined) void open(dropped);
  });
}

function ready(is: boolean): void {
  listen.disabled = !is;
  file.disabled = !is;
  models.disabled = !is;
  own.ready(is);
  document.documentElement.dataset["ready"] = String(is);
}

function tell(text: string): void {
  const status = element("status", HTMLElement);
  status.textContent = printable(text);
  status.classList.remove("error");
}

function fail(message: string): void {
  tell(message);
  element("status", HTMLElement).classList.add("error");
  if (model !== undefined) ready(true);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

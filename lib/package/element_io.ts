/// <reference lib="dom" />
/** `<keyword-spotter src="model.safetensors">`: a button that listens, and the words that were heard. Needs no bundler. */
import { type Keyword, KeywordSpotter } from "./spotter_io.ts";

/** What calls filter out helps them; models were trained on sound as it comes. */
const AS_IT_COMES: MediaTrackConstraints = {
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: false,
};

const STYLE = `:host { display: inline-flex; gap: 0.6em; align-items: center; font: inherit }
:host([hidden]) { display: none }
button { font: inherit }`;

/** Words for people, where they are not given as attributes. */
const TEXTS = { listen: "Listen", stop: "Stop", loading: "Loading …", click: "Click to go on" } as const;

/** Where there is no page, as in Node, this module loads too. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/**
 * Events: `ready` when the model is loaded, `keyword` for each word ({@link Keyword} as `detail`), `error` (a sentence as
 * `message`). Attributes: `src`, `threshold` (a number, or JSON by word), `worklet`, and for its texts `listen`, `stop`, `loading`, `click`.
 */
export class KeywordSpotterElement extends Base {
  static readonly observedAttributes = ["src", "threshold"];
  /** What the microphone is asked for, besides echo cancellation, noise suppression and gain control being off. */
  constraints: MediaTrackConstraints = {};
  #button: HTMLButtonElement | undefined;
  #word: HTMLOutputElement | undefined;
  #loading: Promise<KeywordSpotter> | undefined;
  /** Of listening; each start has its own, so that one that was stopped meanwhile finds that out. */
  #abort: AbortController | undefined;
  #failure: Error | undefined;

  connectedCallback(): void {
    if (this.#button === undefined) this.#draw();
    this.#show();
    if (this.#loading === undefined) this.#load();
  }

  disconnectedCallback(): void {
    this.stop();
  }

  attributeChangedCallback(_name: string, before: string | null, now: string | null): void {
    if (before === now || !this.isConnected) return;
    this.stop();
    this.#load();
  }

  /** Whether it listens or is about to. */
  get listening(): boolean {
    return this.#abort !== undefined;
  }

  /** Asks for the microphone and listens: to be called in a click. Already listening, it does nothing. */
  async start(): Promise<void> {
    if (this.#abort !== undefined) return;
    const abort = this.#abort = new AbortController();
    const { signal } = abort;
    this.#show();
    // Asked for at once: browsers want it to come of the click.
    const opening = openMicrophone({ ...AS_IT_COMES, ...this.constraints });
    try {
      const [microphone, spotter] = await Promise.all([opening, this.#loading ?? this.#load()]);
      const worklet = this.getAttribute("worklet");
      const options = {
        signal,
        onState: (state: "listening" | "suspended") =>
          this.#say(state === "suspended" ? this.#text("click") : "…"),
        ...(worklet !== null && { worklet: new URL(worklet, document.baseURI) }),
      };
      if (!signal.aborted) {
        for await (const word of spotter.listen(microphone, options)) this.#hear(word);
      }
    } catch (error) {
      this.#fail(error as Error);
    } finally {
      // It may come only when nobody waits for it any more.
      opening.then((stream) => stream.getTracks().forEach((track) => track.stop()), () => {});
      if (this.#abort === abort) this.stop();
    }
  }

  /** Gives the microphone back. Not listening, it does nothing. */
  stop(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#show();
  }

  #load(): Promise<KeywordSpotter> {
    const src = this.getAttribute("src");
    const loading = src === null
      ? Promise.reject(new Error("Cannot listen: <keyword-spotter> has no src with the address of a model"))
      : this.#open(new URL(src, document.baseURI));
    this.#loading = loading;
    loading.then(() => {
      if (this.#loading === loading) this.dispatchEvent(new CustomEvent("ready"));
    }, (error: Error) => {
      if (this.#loading !== loading) return;
      this.#loading = undefined; // the next click tries again
      this.#fail(error);
    }).finally(() => this.#show());
    this.#show(true);
    return loading;
  }

  async #open(address: URL): Promise<KeywordSpotter> {
    const threshold = this.getAttribute("threshold");
    return await KeywordSpotter.load(
      address,
      threshold === null ? {} : { threshold: thresholdIn(threshold) },
    );
  }

  #draw(): void {
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet(); // content security policies allow it
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.#button = document.createElement("button");
    this.#button.type = "button";
    this.#button.addEventListener("click", () => this.listening ? this.stop() : void this.start());
    this.#word = document.createElement("output");
    root.append(this.#button, this.#word);
  }

  #show(isLoading = false): void {
    if (this.#button === undefined) return;
    this.#button.textContent = this.#text(isLoading ? "loading" : this.listening ? "stop" : "listen");
    this.#button.setAttribute("aria-pressed", String(this.listening));
  }

  #hear(word: Keyword): void {
    this.#say(word.word);
    this.dispatchEvent(new CustomEvent("keyword", { detail: word, bubbles: true, composed: true }));
  }

  /** Each failure is told once, whoever waited for it. */
  #fail(error: Error): void {
    if (error === this.#failure) return;
    this.#failure = error;
    this.#say(error.message);
    this.dispatchEvent(new ErrorEvent("error", { error, message: error.message }));
  }

  #say(text: string): void {
    if (this.#word !== undefined) this.#word.textContent = text;
  }

  #text(name: keyof typeof TEXTS): string {
    return this.getAttribute(name) ?? TEXTS[name];
  }
}

/** `0.7`, or `{"yes": 0.8, "no": 0.6}`. What is neither is told by whoever takes it. @throws {Error} On broken JSON. */
function thresholdIn(text: string): number | Record<string, number> {
  if (!text.trim().startsWith("{")) return Number(text);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(
      `Cannot listen with threshold ${text}: wanted a number, or numbers by word as JSON, {"yes": 0.8}`,
      { cause },
    );
  }
}

/** @throws {Error} A sentence on what keeps the microphone away. */
async function openMicrophone(audio: MediaTrackConstraints): Promise<MediaStream> {
  if (navigator.mediaDevices === undefined) {
    throw new Error(
      "Cannot use the microphone: this page is not secure. Serve it by https, or from localhost",
    );
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (cause) {
    const { name, message } = cause as Error;
    const why = name === "NotAllowedError"
      ? 'it is not allowed. Allow it in the address bar; a frame needs allow="microphone"'
      : name === "NotFoundError"
      ? "there is none. Connect one"
      : message;
    throw new Error(`Cannot use the microphone: ${why}`, { cause });
  }
}

/** Makes the element known to the page; again, or where there is no page, it does nothing. */
export function defineKeywordSpotter(name = "keyword-spotter"): void {
  const { customElements } = globalThis;
  if (customElements !== undefined && customElements.get(name) === undefined) {
    customElements.define(name, KeywordSpotterElement);
  }
}

defineKeywordSpotter();

/// <reference lib="dom" />

/** `<keyword-spotter src="model.safetensors">`: a button that listens, and the words that were heard. */
export class KeywordSpotterElement extends HTMLElement {
  /** What the microphone is asked for, besides echo cancellation, noise suppression and gain control being off. */
  constraints: MediaTrackConstraints;
  /** Whether it listens or is about to. */
  readonly listening: boolean;
  /** Asks for the microphone and listens: to be called in a click. */
  start(): Promise<void>;
  /** Gives the microphone back. */
  stop(): void;
}

/** Makes the element known to the page: done by importing this module, again it does nothing. */
export function defineKeywordSpotter(name?: string): void;

declare global {
  interface HTMLElementTagNameMap {
    "keyword-spotter": KeywordSpotterElement;
  }
}

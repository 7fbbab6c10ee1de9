/** Names of what goes into an exported model and comes out of it. */

export const WAVEFORM = "waveform";
export const PROBABILITIES = "probabilities";
export const LOGITS = "logits";
export const LOG_PROBABILITIES = "log_probabilities";

/** Of models that listen block by block. */
export const STATE = "state";
export const STATE_NEXT = "state_next";
export const READY = "ready";

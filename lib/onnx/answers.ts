/** Names of what goes into an exported model and comes out of it. */

export const WAVEFORM = "waveform";
export const PROBABILITIES = "probabilities";
export const LOGITS = "logits";
export const LOG_PROBABILITIES = "log_probabilities";

/** Which examples a report lets hear: none, a network's worst errors, or behind these all others too, as far as a page goes. */
export const REPORT_AUDIO = ["none", "errors", "all"] as const;
export type ReportAudio = typeof REPORT_AUDIO[number];

/** Nothing is to be heard. */
export const [SILENT] = REPORT_AUDIO;

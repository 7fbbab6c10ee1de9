/** Ways into the package's script that computes with tensors. Pure. */

/** What each of them exports. */
export const PARTS = {
  layers: ["FrontEndLayer", "SpeechModelLayer", "makeFrontend", "openTensors", "registerLayers"],
  train: [
    "KINDS",
    "createClassifier",
    "encodeWav16",
    "makeFrontend",
    "openRecogniser",
    "openRecording",
    "openTensors",
    "readCheckpoint",
    "resample",
    "transformWave",
  ],
} as const;

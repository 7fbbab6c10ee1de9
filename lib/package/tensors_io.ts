/** All of the package that computes with TensorFlow.js, in one script: layers, training, and listening in windows. */
export { createClassifier } from "../door/classifier.ts";
export { makeFrontend } from "../door/frontend.ts";
export { KINDS } from "../door/known.ts";
export { readCheckpoint } from "../door/read_checkpoint.ts";
export { transformWave } from "../door/transform.ts";
export { resample } from "../audio/resample.ts";
export { encodeWav16 } from "../audio/wav.ts";
export { openRecording } from "../audio/open_recording.ts";
export { openRecogniser } from "../live/recogniser.ts";
export { FrontEndLayer, registerLayers, SpeechModelLayer } from "./layers.ts";
export { openTensors, tensorListener } from "./tensor_listener_io.ts";

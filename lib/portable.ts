/**
 * What of the library runs in a browser as well as anywhere else.
 * @module
 */
export { openRecording } from "./audio/open_recording.ts";
export type { Recording } from "./audio/recording.ts";
export { resample } from "./audio/resample.ts";
export { encodeWav16 } from "./audio/wav.ts";
export type { Json, JsonObject } from "./base/json.ts";
export {
  type Classifier,
  type ClassifierOptions,
  createClassifier,
  type EpochFigures,
  type LearningOptions,
} from "./door/classifier.ts";
export type { LabelledClip } from "./door/clips.ts";
export { makeFrontend } from "./door/frontend.ts";
export { KINDS } from "./door/known.ts";
export { readCheckpoint } from "./door/read_checkpoint.ts";
export { type Transformed, transformWave } from "./door/transform.ts";
export type {
  CompressionConfig,
  FrontendConfig,
  FrontendContext,
  FrontendSpec,
  StepSpec,
} from "./frontends/contract.ts";
export { type Detection, Detector, type DetectorOptions } from "./live/detector.ts";
export { type Decision, type Listener, openListener, type OpenListenerOptions } from "./live/listener_io.ts";
export { type Heard, openRecogniser, type Recogniser } from "./live/recogniser.ts";
export { type Window, type WindowShape, WindowStream } from "./live/windows.ts";
export type { ModelSpec } from "./models/contract.ts";
export type { Axis, Representation } from "./nn/representation.ts";
export type { CheckpointRecord } from "./records/checkpoint.ts";
export type { TrainedOn } from "./records/dataset.ts";
export type { ClipCheckpoint } from "./records/clip_checkpoint.ts";
export type { ChosenOn, OperatingPoint, Thresholds } from "./records/operating_point.ts";

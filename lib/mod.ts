/**
 * The library's door: front-ends and models that train together, on TensorFlow.js. Open a backend, make a front-end,
 * train a classifier with it, listen with what it learnt. Each name has an example; they go on from one another in that
 * order.
 * @module
 */
export {
  type BackendName,
  type BackendOptions,
  type OpenBackend,
  openBackend,
} from "./backend/backend_io.ts";
export * from "./portable.ts";

/** Written by `deno task kernels:build`: SHA-256 of the compiled modules. */
export const MODULES = {
  plain: "8ed23f3ed747f34165303c54ab528ab8cce38d3585675acdc29210053a6a1d3e",
  shared: "b852c6bfe51084b9fa5d23ca21636b2f6bb691322f1881aef6303c7f1304b484",
} as const;

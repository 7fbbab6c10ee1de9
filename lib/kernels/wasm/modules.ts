/** Written by `deno task kernels:build`: SHA-256 of the compiled modules. */
export const MODULES = {
  plain: "7a8c629321c80241273366a22c1329f3056a4743dcbf6c9b605587e980efc0fa",
  shared: "25b27063384c48a147ab13aa8fd7f127188a33dc9e58908cdd0f9e4258170f5e",
} as const;

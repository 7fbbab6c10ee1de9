/** Written by `deno task kernels:build`: SHA-256 of the compiled modules. */
export const MODULES = {
  plain: "9dae481892b11b2995496d31468ca0718eaa072179eebfb46f57ccb4c759d315",
  shared: "94963180993a2ddec9262bf5fb3470760bc8ed4f90f4ff0a8e68b00e984e6c28",
} as const;

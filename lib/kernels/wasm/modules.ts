/** Written by `deno task kernels:build`: SHA-256 of the compiled modules. */
export const MODULES = {
  plain: "2f4e0229adb9780a73db6e84b8afe57adcc2224a5de5e22c4813d038d0f8abd1",
  shared: "01805028a8f71148a1b29a4d3db2b68fd94faceb17bca020c89c384a22e358a3",
} as const;

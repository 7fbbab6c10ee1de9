/** Written by `deno task kernels:build`: SHA-256 of the compiled modules. */
export const MODULES = {
  plain: "ce6841756d926c643ef24af52f49b6dac897854ca930654c87f49d34a64b5d80",
  shared: "1aea97af2645e1739dc81e1699cb6a9297666526008d7e1f54041922746cd463",
} as const;

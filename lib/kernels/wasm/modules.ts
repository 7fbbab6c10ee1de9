/** Written by `deno task kernels:build`: SHA-256 of the compiled modules. */
export const MODULES = {
  plain: "299df3b05b24d08f1b0c60c9a9edff26fda638319a0d3353f875c27d27ad355b",
  shared: "6f564244f771804fd252179cdd6cd6a76432a8a925b11eb22f0326288eab01ae",
} as const;

/** Written by `deno task kernels:build`: SHA-256 of the compiled modules. */
export const MODULES = {
  plain: "a2cc1ff61bb2920792636109651042d08c49982583e24691246e9a699287ac6e",
  shared: "7b71a8a8b93b17be54fc607fb802abb5454c53027fe73b93c850163fdb98ac57",
} as const;
